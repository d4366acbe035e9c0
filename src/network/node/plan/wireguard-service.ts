/** Devices in user space are services too; they come and go with their links. */
export const WIREGUARD_SERVICE = 'wireguard-'
