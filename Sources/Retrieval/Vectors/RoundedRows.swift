import CKernels

/// Vectors rounded to a precision, and how far that took them.
struct RoundedRows {
  /// The numbers, [N, D] without gaps, as bytes: float32, bfloat16 or eight bits.
  let numbers: [UInt8]
  /// What rows of eight bits are multiplied by; empty in other precisions.
  let scales: [Float]
  /// Of each row.
  let lengths: [ErrorBound.Lengths]

  /// Rounds vectors [N, D].
  init(_ rows: UnsafeBufferPointer<Float>, dimensions: Int, precision: VectorPrecision) {
    let count = rows.count / dimensions
    let rounded = UnsafeMutablePointer<Float>.allocate(capacity: dimensions)
    defer { rounded.deallocate() }
    func length(_ vector: UnsafePointer<Float>) -> Double {
      // An upper limit, whatever double precision rounds.
      ck_dot_f64(vector, vector, dimensions).squareRoot() * (1 + 0x1p-20)
    }
    /// What is known of row `index`, which `rounded` holds.
    func measured(_ index: Int) -> ErrorBound.Lengths {
      guard let row = rows.baseAddress?.advanced(by: index * dimensions) else { return .init() }
      let own = length(rounded)
      for place in 0..<dimensions { rounded[place] = row[place] - rounded[place] }
      return .init(length: own, error: length(rounded))
    }
    switch precision {
    case .float32:
      numbers = Array(UnsafeRawBufferPointer(rows))
      scales = []
      lengths = (0..<count).map { index in
        .init(length: rows.baseAddress.map { length($0 + index * dimensions) } ?? 0)
      }
    case .bfloat16:
      var halves = [UInt16](repeating: 0, count: rows.count)
      ck_narrow(rows.baseAddress, &halves, rows.count)
      lengths = halves.withUnsafeBufferPointer { halves in
        (0..<count).map { index in
          ck_widen(halves.baseAddress.map { $0 + index * dimensions }, rounded, dimensions)
          return measured(index)
        }
      }
      numbers = halves.withUnsafeBytes { Array($0) }
      scales = []
    case .int8:
      var bytes = [Int8](repeating: 0, count: rows.count)
      var scales = [Float](repeating: 0, count: count)
      ck_int8_quantize(count, dimensions, rows.baseAddress, &bytes, &scales)
      lengths = bytes.withUnsafeBufferPointer { bytes in
        (0..<count).map { index in
          let scale = scales[index]
          for place in 0..<dimensions {
            rounded[place] = scale * Float(bytes[index * dimensions + place])
          }
          return measured(index)
        }
      }
      numbers = bytes.withUnsafeBytes { Array($0) }
      self.scales = scales
    }
  }
}
