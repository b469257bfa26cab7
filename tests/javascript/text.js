'use strict'

const pull = require('pull-stream')
const { StringDecoder } = require('string_decoder')

// pull-json-doubleline decodes chunk by chunk, and a chunk may end within a character.
exports.utf8 = () => {
  const decoder = new StringDecoder('utf8')
  return pull.map(bytes => decoder.write(bytes))
}

// pull-net writes buffers only, and calls itself for each that is there at once.
exports.buffers = () => {
  let n = 0
  return pull.asyncMap((text, cb) => {
    const bytes = Buffer.from(text)
    if (++n % 64 > 0) cb(null, bytes)
    else setImmediate(cb, null, bytes)
  })
}
