/** Preloaded into a server: tells its memory after a collection when it is asked, and ends it when nobody is there to ask. */
process.on('disconnect', () => process.exit(1))
process.on('message', () => {
  // Twice: what finalizers let go of is had by the second.
  globalThis.gc?.()
  globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send?.({ rss, live: heapUsed + external })
})
// Listening for questions must not keep a server alive that was told to stop.
process.channel?.unref()
