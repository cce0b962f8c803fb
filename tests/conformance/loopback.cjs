// Loaded into the suite before it starts: its servers would listen on every interface.
const { Server } = require('node:net');

// The last step of `listen`, taken at once; `listen` with an address would first look it up, and the suite asks for its
// port without waiting.
const { _listen2: bind } = Server.prototype;
Server.prototype._listen2 = function (address, port, family, ...rest) {
  return address === null ? bind.call(this, '127.0.0.1', port, 4, ...rest) : bind.call(this, address, port, family, ...rest);
};
