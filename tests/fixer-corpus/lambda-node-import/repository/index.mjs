import {greet} from "./lib/greet.mjs";

export const handler = async (event) => ({statusCode: 200, body: greet(event?.name)});
