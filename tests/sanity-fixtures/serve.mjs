// Serves a function with a function URL on loopback, without AWS: node serve.mjs MODULE. Says its port.
import http from "node:http";

const { handler } = await import(process.argv[2]);

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const [rawPath, query] = request.url.split("?");
  const answer = await handler({
    rawPath,
    rawQueryString: query ?? "",
    headers: request.headers,
    queryStringParameters: Object.fromEntries(new URLSearchParams(query)),
    body: body.length > 0 ? body.toString("base64") : undefined,
    isBase64Encoded: true,
    requestContext: { http: { method: request.method, path: rawPath } },
  });
  response.writeHead(answer.statusCode, answer.headers);
  response.end(request.method === "HEAD" ? undefined : answer.body);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
