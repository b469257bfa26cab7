'use strict'

// node peer-net.js PORT [HOST]: a peer that dials a node, and listens for others on a free port.

const net = require('net')
const pull = require('pull-stream')
const toPull = require('stream-to-pull-stream')
const PJSON = require('pull-json-doubleline')
const Flood = require('./flood')
const { utf8 } = require('./text')

const [port, host = '127.0.0.1'] = process.argv.slice(2)

const flood = Flood({
  capacity: 100,
  onMessage: (value, peer) => console.log('received', JSON.stringify(value)),
  onConnect: peer => console.log('connected', peer),
  onDisconnect: (peer, reason) => console.log('disconnected', peer, reason)
})

function join (socket, id) {
  const remote = toPull.duplex(socket)
  pull(remote, utf8(), PJSON.parse(), flood.createStream({ id }), PJSON.stringify(), remote)
}

join(net.connect(Number(port), host), host + ':' + port)

const server = net.createServer(socket => join(socket, socket.remoteAddress + ':' + socket.remotePort))
server.listen(0, () => console.log('listening', server.address().port))

flood.append({ hello: 'from JavaScript' })
