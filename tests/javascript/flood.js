'use strict'

// The rule: a message that is new goes to all connected peers except the one it came from.
// The interface is that of the module which FloodActors grew from: append, createStream({id}), data, and callbacks.

module.exports = function Flood (opts) {
  const seen = new Set()
  const data = []
  const peers = new Map()

  function take (value, from) {
    const key = canonical(value)
    const is_new = !seen.has(key)
    if (is_new) {
      seen.add(key)
      data.push(value)
      if (data.length > opts.capacity) data.shift()
      if (from !== null) opts.onMessage(value, from)
      for (const [id, peer] of peers) if (id !== from) peer.send(value)
    }
    return is_new
  }

  return {
    data,
    append: value => take(value, null),
    createStream ({ id }) {
      if (!id) throw new Error('createStream needs an id')
      if (peers.has(id)) throw new Error(`the id ${id} is taken`)
      const queue = data.slice() // catch-up
      let waiting = null
      let ended = null

      function end (reason) {
        if (ended) return
        ended = reason
        peers.delete(id)
        opts.onDisconnect(id, reason === true ? 'completed' : reason.message)
        if (waiting) answer()
      }
      function answer () {
        const cb = waiting
        if (queue.length > 0 && !ended) {
          waiting = null
          cb(null, queue.shift())
        } else if (ended) {
          waiting = null
          cb(ended)
        }
      }
      peers.set(id, { send (value) { queue.push(value); if (waiting) answer() } })
      opts.onConnect(id)

      return {
        source (abort, cb) {
          if (abort) { end(abort); return cb(abort) }
          waiting = cb
          answer()
        },
        sink (read) {
          // A loop and not a recursion: a source may have thousands of values at once.
          let again = true
          let looping = false
          function next (reason, value) {
            if (reason) return end(reason)
            take(value, id)
            again = true
            if (!looping) loop()
          }
          function loop () {
            looping = true
            while (again) { again = false; read(ended, next) }
            looping = false
          }
          loop()
        }
      }
    }
  }
}

// Equal values have equal keys, whoever printed them (RFC 8785).
function canonical (value) {
  if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']'
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return '{' + Object.keys(value).sort().map(key => JSON.stringify(key) + ':' + canonical(value[key])).join(',') + '}'
}
module.exports.canonical = canonical
