/** What computes shards from shards. Runs in a browser. */
export interface Kernel {
  readonly name: 'simd' | 'portable'
  /** Writes into each output the sum of all inputs, each multiplied by its coefficient in the output's row.
   *
   * @param rows one row of `inputs.length` coefficients for each output
   * @param inputs at least one; all inputs and outputs have one length, and outputs overlap no input
   */
  combine(rows: readonly Uint8Array[], inputs: readonly Uint8Array[], outputs: readonly Uint8Array[]): void
}
