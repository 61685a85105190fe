/** Why there is no backup, or nothing was restored. Its message says what to do; nothing was changed. */
export class BackupRefused extends Error {
  override readonly name = 'BackupRefused'
  readonly error: string
  constructor(error: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.error = error
  }
}
