export const greet = (name = "world") => `Hello, ${name}`;
