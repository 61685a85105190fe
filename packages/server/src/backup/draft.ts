import { rmSync } from 'node:fs'
import { draftBeside, takeFreeName } from '../durable-file.ts'
import { BackupRefused } from './backup-refused.ts'

/** A database beside `path` to be made whole first; it gets its name at the end, and whatever is left of it is removed. */
export async function throughDraft<Result>(
  path: string,
  work: (draft: string) => Promise<Result>,
): Promise<Result> {
  const draft = draftBeside(path)
  try {
    const done = await work(draft)
    if (!takeFreeName(draft, path))
      throw new BackupRefused('exists', `${path} is there already, and is left as it is`)
    return done
  } finally {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(`${draft}${end}`, { force: true })
  }
}
