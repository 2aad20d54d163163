import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { pay, paymentById, paymentOf } from './payments.mjs';
import { OutOfTime, Refusal, Writer } from './writer.mjs';

/** Longer than a cutover's pause, shorter than the 60 seconds after which a load balancer gives up. */
const REQUEST_MS = Number(process.env.REQUEST_SECONDS ?? '40') * 1000;
const LARGEST_BODY = 10_000;

const writer = new Writer(process.env);
let draining = false;

/** What happened, in one line of JSON: never a body, a header or a message of the database, in which values of a payment may stand. */
function log(event) {
  process.stdout.write(`${JSON.stringify({ at: new Date().toISOString(), ...event })}\n`);
}

async function bodyOf(request) {
  // A load balancer passes bodies of unknown length on; this service takes none.
  if (!(Number(request.headers['content-length']) <= LARGEST_BODY)) throw new Refusal(413, `a body of at most ${LARGEST_BODY} bytes, its length said first`);
  const body = await text(request);
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal(400, 'the body is not JSON');
  }
}

async function answer(request, deadline, onProblem) {
  const { method, url } = request;
  // It says nothing of the database: in the pause of a cutover neither side accepts writes, and new tasks would not help.
  if (method === 'GET' && url === '/health') return [200, { status: 'ok' }];
  if (method === 'POST' && url === '/payments') {
    const wanted = paymentOf(request.headers['idempotency-key'], await bodyOf(request));
    return [201, await writer.use(deadline, (session) => pay(session, wanted), onProblem)];
  }
  const [, id] = (method === 'GET' && /^\/payments\/(\d{1,18})$/.exec(url)) || [];
  if (id === undefined) throw new Refusal(404, 'no such resource');
  return [200, await writer.use(deadline, (session) => paymentById(session, id), onProblem)];
}

function answerTo(error) {
  if (error instanceof Refusal) return [error.status, { error: error.message }];
  if (error instanceof OutOfTime) return [503, { error: 'not known whether this was done: ask again with the same Idempotency-Key' }];
  return [500, { error: 'this cannot be done now' }];
}

const server = createServer(async (request, response) => {
  const begin = Date.now();
  const problems = [];
  const [status, body] = await answer(request, begin + REQUEST_MS, (code) => problems.push(code)).catch((error) => {
    if (!(error instanceof Refusal || error instanceof OutOfTime)) problems.push(error.code ?? error.name);
    return answerTo(error);
  });
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...(status === 503 && { 'retry-after': '1' }), ...(draining && { connection: 'close' }) };
  response.writeHead(status, headers).end(JSON.stringify(body));
  if (request.url !== '/health') log({ method: request.method, status, ms: Date.now() - begin, ...(problems.length > 0 && { problems: [...new Set(problems)] }) });
});

// Requests that are under way get their answer before the sessions end; no new ones come in.
process.once('SIGTERM', () => {
  draining = true;
  log({ event: 'draining' });
  server.close(async () => {
    await writer.end();
    log({ event: 'stopped' });
  });
});

server.listen(Number(process.env.PORT ?? '8080'), () => log({ event: 'listening', port: server.address().port }));
