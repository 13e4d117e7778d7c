/** What the address of a sealed page's worker ends with. */
export const sealedMark = '#sealed'

/** Whether the page or worker at this address is sealed: may ask for nothing but what is kept. */
export function isSealedAddress(address: string): boolean {
  const { searchParams, hash, protocol } = new URL(address)
  return protocol === 'blob:' ? hash === sealedMark : searchParams.has('sealed')
}
