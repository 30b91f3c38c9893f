import { createConnection, createServer, type AddressInfo, type Socket } from 'node:net';

type Protocol = 'mysql' | 'postgres';

/**
 * What a proxy does with the next COMMIT, or whole change that is committed by itself: forwards it and cuts its answer off,
 * keeps its answer for itself, or cuts before it is forwarded.
 */
export type Fault = 'cut the answer' | 'keep the answer' | 'cut the question';

/** Stands between the program and a database server on loopback, and loses what a network could lose. */
export class FaultProxy {
  /** How many connections it has cut. */
  cuts = 0;
  /** How many answers it has kept. */
  kept = 0;
  private armed?: { readonly fault: Fault; left: number };
  private isAway = false;
  private isSilent = false;
  private readonly server = createServer((client) => this.join(client));
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly protocol: Protocol,
    private readonly target: number,
  ) {}

  static async before(protocol: Protocol, target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(protocol, target);
    await new Promise<void>((listening) => proxy.server.listen(0, '127.0.0.1', listening));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Brings the fault about at the next COMMIT, or at as many. */
  arm(fault: Fault, times = 1): void {
    this.armed = { fault, left: times };
  }

  disarm(): void {
    this.armed = undefined;
  }

  /** Cuts all connections, and takes no new ones, as if the server were gone. */
  leave(): void {
    this.isAway = true;
    this.disarm();
    for (const socket of this.sockets) socket.destroy();
  }

  comeBack(): void {
    this.isAway = false;
  }

  /** Carries nothing in either direction, and cuts nothing, as if every packet were dropped. */
  fallSilent(): void {
    this.isSilent = true;
    for (const socket of this.sockets) socket.pause();
  }

  /** Carries on, with what was sent meanwhile too. */
  speakAgain(): void {
    this.isSilent = false;
    for (const socket of this.sockets) socket.resume();
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((closed) => this.server.close(closed));
  }

  private join(client: Socket): void {
    if (this.isAway) return void client.destroy();
    const server = createConnection({ port: this.target, host: '127.0.0.1' });
    const end = (): void => {
      client.destroy();
      server.destroy();
    };
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.setNoDelay(true);
      socket.on('error', end).on('close', () => {
        this.sockets.delete(socket);
        end();
      });
    }
    let fault: Fault | undefined;
    const isCommit = commitsOf[this.protocol]();
    client.on('data', (chunk: Buffer) => {
      if (!isCommit(chunk) || !this.armed) return void server.write(chunk);
      fault = this.armed.fault;
      if (--this.armed.left === 0) this.disarm();
      if (fault !== 'keep the answer') this.cuts++;
      if (fault === 'cut the question') return end();
      server.write(chunk);
    });
    if (this.isSilent) for (const socket of [client, server]) socket.pause();
    // The answer shows that COMMIT is done; nobody else gets to see it.
    server.on('data', (chunk: Buffer) => {
      if (fault === undefined) client.write(chunk);
      else if (fault === 'keep the answer') this.kept++;
      else end();
    });
  }
}

/**
 * Tell of a packet whether it asks for COMMIT, or for a whole change, which is committed with it. Drivers send each alone;
 * a connection of PostgreSQL hears the text of what it keeps only once, and its name from then on.
 */
const commitsOf: Readonly<Record<Protocol, () => (packet: Buffer) => boolean>> = {
  // 3 bytes of length, a number, then 3 for a query and its text.
  mysql: () => (packet) => packet[4] === 3 && /^(COMMIT$|BEGIN NOT ATOMIC\b)/.test(packet.toString('utf8', 5)),
  // A letter, 4 bytes of length, and texts that end with a zero.
  postgres: () => {
    const changes = new Set<string>();
    return (packet) => {
      const kind = String.fromCharCode(packet[0]!);
      const [first = '', second = ''] = packet.toString('utf8', 5).split('\0', 2);
      if (kind === 'P' && /^WITH .*INSERT INTO/.test(second)) changes.add(first);
      return kind === 'Q' ? first === 'COMMIT' : changes.has(kind === 'P' ? first : kind === 'B' ? second : '');
    };
  },
};
