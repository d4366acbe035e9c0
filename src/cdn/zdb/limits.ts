/** The sizes 0-DB allows. Source: threefoldtech/0-db v2.0.7, zdbd/redis.h, libzdb/namespace.c. */
export const MOST_KEY_BYTES = 255
export const MOST_VALUE_BYTES = 8 * 1024 * 1024
export const MOST_ARGUMENTS = 1024
export const MOST_NAME_BYTES = 128
export const MOST_PASSWORD_BYTES = 128
export const MOST_PROPERTY_BYTES = 63
/** A header line, `*3` or `$12`, that is longer ends the connection. */
export const MOST_LINE_BYTES = 8192
export const CURSOR_BYTES = 17
export const POINTER_BYTES = 8
/** Ids of a sequential namespace. */
export const ID_BYTES = 8

/** No command has more than one value; the rest are keys and names. The original has no such bound. */
export const MOST_REQUEST_BYTES = MOST_VALUE_BYTES + MOST_ARGUMENTS * 1024
