const crypto = require("node:crypto");

export const handler = async () => ({statusCode: 200, body: crypto.randomUUID()});
