/** Which `jti` was shown. */
export interface Replays {
  /** True for the first who shows this `jti` of this client; kept until `expires_at`. */
  mark(client_id: string, jti: string, expires_at: number): Promise<boolean>
  /** Looks without marking: true when somebody showed it. */
  seen(client_id: string, jti: string): Promise<boolean>
}
