'use strict'

// node peer-pull-net.js PORT [HOST]: the same with pull-net instead of Node's own net.

require('./pull-net-on-node-20') // before pull-net
const connect = require('pull-net/client') // pull-net 1.0.2 has no index: require('pull-net') finds nothing
const createServer = require('pull-net/server')
const pull = require('pull-stream')
const PJSON = require('pull-json-doubleline')
const Flood = require('./flood')
const { utf8, buffers } = require('./text')

const [port, host = '127.0.0.1'] = process.argv.slice(2)

const flood = Flood({
  capacity: 100,
  onMessage: (value, peer) => console.log('received', JSON.stringify(value)),
  onConnect: peer => console.log('connected', peer),
  onDisconnect: (peer, reason) => console.log('disconnected', peer, reason)
})

function join (remote, id) {
  pull(remote, utf8(), PJSON.parse(), flood.createStream({ id }), PJSON.stringify(), buffers(), remote)
}

join(connect(Number(port), host, error => { if (error && error !== true) console.error(error.message) }), host + ':' + port)

let incoming = 0 // pull-net does not say who connects
const server = createServer(remote => join(remote, 'incoming-' + ++incoming))
server.listen(0, '127.0.0.1', error => { if (error) console.error('cannot listen', error) })
console.log('listening', server.address().port)

flood.append({ hello: 'from JavaScript' })
