'use strict'

// A peer in JavaScript, driven by lines of JSON on stdin and telling what happens by lines of JSON on stdout.
//   in   {"listen":true}  {"connect":PORT}  {"append":VALUE}  {"count":N,"as":"prefix"}  {"data":true}
//   out  {"event":"listening","port"}  {"event":"connected","peer"}  {"event":"disconnected","peer","reason"}
//        {"event":"message","peer","value"}  {"event":"appended","new"}  {"event":"data","data"}
// Arguments: `net` (node's net and stream-to-pull-stream) or `pull-net`; `plain`: the pipeline of the original README, nothing more.

const pull = require('pull-stream')
const PJSON = require('pull-json-doubleline')
const toPull = require('stream-to-pull-stream')
const net = require('net')
const readline = require('readline')
const Flood = require('./flood')
const { utf8, buffers } = require('./text')

const usePullNet = process.argv.includes('pull-net')
const plain = process.argv.includes('plain')
const host = '127.0.0.1'
const tell = event => process.stdout.write(JSON.stringify(event) + '\n')

const flood = Flood({
  capacity: 1000000,
  onMessage: (value, peer) => tell({ event: 'message', peer, value }),
  onConnect: peer => tell({ event: 'connected', peer }),
  onDisconnect: (peer, reason) => tell({ event: 'disconnected', peer, reason })
})

function join (remote, id) {
  pull(
    remote,
    plain ? pull.through() : utf8(),
    PJSON.parse(),
    flood.createStream({ id }),
    PJSON.stringify(),
    usePullNet ? buffers() : pull.through(),
    remote
  )
}

let connections = 0
let listenNow, connectTo
if (usePullNet) {
  require('./pull-net-on-node-20')
  const createServer = require('pull-net/server')
  const connect = require('pull-net/client')
  listenNow = () => {
    const server = createServer(stream => join(stream, `${host}:in-${++connections}`))
    server.listen(0, host, error => { if (error) throw new Error(`cannot listen: ${error}`) })
    tell({ event: 'listening', port: server.address().port })
  }
  connectTo = port => {
    const stream = connect(port, host, error => { if (error && error !== true) console.error(error) })
    join(stream, `${host}:${port}`)
  }
} else {
  listenNow = () => {
    const server = net.createServer(stream => join(toPull.duplex(stream), stream.remoteAddress + ':' + stream.remotePort))
    server.listen(0, host, () => tell({ event: 'listening', port: server.address().port }))
  }
  connectTo = port => join(toPull.duplex(net.connect(port, host)), host + ':' + port)
}

readline.createInterface({ input: process.stdin }).on('line', line => {
  const command = JSON.parse(line)
  if ('listen' in command) listenNow()
  else if ('connect' in command) connectTo(command.connect)
  else if ('append' in command) tell({ event: 'appended', new: flood.append(command.append) })
  else if ('count' in command) for (let i = 0; i < command.count; i++) flood.append(`${command.as} ${i}`)
  else if ('data' in command) tell({ event: 'data', data: flood.data })
  else throw new Error(`unknown command ${line}`)
}).on('close', () => process.exit(0))
