#!/usr/bin/env node
// JavaScript, so that Node need not load its compiler for TypeScript before the cache of what it compiled is open.
import { enableCompileCache } from 'node:module'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

// A file is compiled when it has changed and not at each start. Beside the program: what everybody may write to, as the
// folder for temporary files, is no place for code. Where that cannot be written, nothing is kept.
enableCompileCache(fileURLToPath(new URL('.cache', import.meta.url)))

const { run } = await import('../src/run.ts')
process.exitCode = await run(process)
