import { createConnection, type Socket } from 'node:net';

/**
 * Registers over bare sockets, where it is known whether all bytes of a request had been written when its connection
 * broke. Half of the callers keep their connection, the others make one for each request.
 */
export class SocketLoad {
  answered = 0;
  /** Requests that were written whole to a connection that the server is known to have taken, and never answered. */
  lost = 0;
  /** Requests on new connections that were reset: the system had taken them, and the server perhaps not yet. */
  reset = 0;
  private readonly request: (keeps: boolean) => string;
  private isStopped = false;
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly port: number,
    token: string,
  ) {
    const body = JSON.stringify({ redirect_uris: ['https://a.example/'] });
    this.request = (keeps) =>
      `POST /register HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n` +
      `Connection: ${keeps ? 'keep-alive' : 'close'}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  }

  run(callers: number): void {
    this.running = Promise.all(Array.from({ length: callers }, (_, caller) => this.call(caller % 2 === 0)));
  }

  /** Waits for all callers: each has ended by itself where nobody listens any more. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await this.running;
  }

  private async call(keeps: boolean): Promise<void> {
    while (!this.isStopped) {
      const socket = await connected(this.port);
      if (!socket) return;
      for (let isTaken = false; !this.isStopped && (await this.exchange(socket, keeps, isTaken));) isTaken = true;
      socket.destroy();
    }
  }

  /** Sends one request; true if the connection can take another. */
  private exchange(socket: Socket, keeps: boolean, isTaken: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      let text = '';
      let isWritten = false;
      const done = (goesOn: boolean): void => {
        socket.removeAllListeners('data').removeAllListeners('close');
        resolve(goesOn);
      };
      socket.on('data', (chunk) => {
        text += chunk.toString();
        const head = text.indexOf('\r\n\r\n');
        const length = Number(/^Content-Length: (\d+)\r$/im.exec(text)?.[1] ?? Infinity);
        if (head < 0 || Buffer.byteLength(text) < head + 4 + length) return;
        this.answered++;
        done(keeps && !/^Connection: close\r$/im.test(text));
      });
      socket.once('close', () => {
        if (isWritten && (isTaken || text !== '')) this.lost++;
        else if (isWritten) this.reset++;
        done(false);
      });
      socket.write(this.request(keeps), (error) => (isWritten = !error));
    });
  }
}

function connected(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket: Socket = createConnection({ port, host: '127.0.0.1' }, () => resolve(socket));
    socket.on('error', () => resolve(undefined));
  });
}
