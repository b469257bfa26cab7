'use strict'

// pull-net 1.0.2 reads nothing on Node 12 and later. It sets handle.onread to a function of (count, buffer); Node calls it with an ArrayBuffer
// and leaves the count in a state array. This puts the old call back, and changes nothing else. Require it before pull-net.

process.removeAllListeners('warning')
process.on('warning', warning => { if (warning.code !== 'DEP0111') console.error(warning) }) // process.binding is pull-net's way in

const { streamBaseState, kReadBytesOrError, kArrayBufferOffset } = process.binding('stream_wrap')
const Handle = require('pull-net/handle')

require.cache[require.resolve('pull-net/handle')].exports = function (handle, cb) {
  const stream = Handle(handle, cb)
  const onread = handle.onread
  handle.onread = function (arrayBuffer) {
    const count = streamBaseState[kReadBytesOrError]
    if (count !== 0) onread(count, count > 0 ? Buffer.from(arrayBuffer, streamBaseState[kArrayBufferOffset], count) : undefined)
  }
  return stream
}
