#!/usr/bin/env bash
# Makes a certificate authority of your own and a certificate for each node, for tls.conf.
#   hocon/make-certs.sh DIRECTORY NODE...        for example: hocon/make-certs.sh certs a b
# The password of the .pfx files is that of FLOOD_PFX_PASSWORD, or "change-me".
# Keep ca.key away from the nodes: whoever has it can let anyone into the flood.
set -euo pipefail

directory=${1:?usage: make-certs.sh DIRECTORY NODE...}
shift
mkdir -p "$directory/ca"
cd "$directory"
password=${FLOOD_PFX_PASSWORD:-change-me}

if [ ! -f ca.key ]; then
  openssl req -x509 -newkey rsa:3072 -nodes -days 3650 -subj "/CN=flood authority" -keyout ca.key -out ca/ca.pem
fi

for node in "$@"; do
  openssl req -newkey rsa:3072 -nodes -subj "/CN=$node" -keyout "$node.key" -out "$node.csr"
  # A node is dialled and dials, so its certificate is for servers and for clients. subjectAltName is what validate-certificate-hostname looks at.
  openssl x509 -req -in "$node.csr" -CA ca/ca.pem -CAkey ca.key -CAcreateserial -days 825 -out "$node.pem" \
    -extfile <(printf 'extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\n' "$node")
  openssl pkcs12 -export -inkey "$node.key" -in "$node.pem" -certfile ca/ca.pem -passout "pass:$password" -out "$node.pfx"
  rm "$node.csr" "$node.key"
done
