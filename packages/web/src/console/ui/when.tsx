import { agoInWords, localTime } from './time-words.ts'

/** A time of the API as people here read it; in UTC for whoever points at it. */
export function When({ at, ago = false, seconds = false }: { at: string; ago?: boolean; seconds?: boolean }) {
  return (
    <time dateTime={at} title={utcTime(at)} className="vk-when">
      {ago ? agoInWords(at, Date.now()) : localTime(at, seconds)}
    </time>
  )
}

const utcTime = (at: string): string => `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`
