'use strict'

// The other implementation for the tests of canonical numbers: each line of stdin is doubles as 16 hexadecimal digits each, each line of
// stdout the same doubles as JSON.

const readline = require('readline')

readline.createInterface({ input: process.stdin }).on('line', line => {
  const bytes = Buffer.from(line, 'hex')
  const values = []
  for (let at = 0; at < bytes.length; at += 8) values.push(bytes.readDoubleBE(at))
  process.stdout.write(JSON.stringify(values) + '\n')
})
