import { createSecretKey } from "node:crypto";

/** Of a plain string `jsonwebtoken` finds out at each request that it is no PEM, which takes longer
 * than all else that the request does. */
export const secret = createSecretKey(Buffer.from(process.env.JWT_SECRET as string));
