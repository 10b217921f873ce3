/// The element types of the safetensors format, under the names that its headers use.
public enum SafetensorsType {
  // Bits, since the format packs some elements into less than a byte. The names are those of the
  // format's reference implementation, version 0.8.
  private static let bitsByName: [String: Int] = [
    "BOOL": 8, "U8": 8, "I8": 8, "U16": 16, "I16": 16, "F16": 16, "BF16": 16, "U32": 32, "I32": 32,
    "F32": 32, "U64": 64, "I64": 64, "F64": 64, "C64": 64, "F8_E5M2": 8, "F8_E4M3": 8,
    "F8_E5M2FNUZ": 8, "F8_E4M3FNUZ": 8, "F8_E8M0": 8, "F6_E2M3": 6, "F6_E3M2": 6, "F4": 4,
  ]

  /// The names of all types, in byte order.
  public static var names: [String] {
    bitsByName.keys.map { ByteString($0) }.sorted().map(\.string)
  }

  /// The bits of one element; nil if the format has no such type.
  ///
  /// - Parameter dtype: A type's name, such as `"BF16"`.
  /// - Returns: The bits.
  public static func bits(_ dtype: String) -> Int? {
    bitsByName[dtype]
  }

  /// The bytes that a tensor takes; nil if the type is unknown, a dimension is negative, a product
  /// overflows, or the bits fill no whole bytes.
  ///
  /// - Parameters:
  ///   - dtype: The type's name.
  ///   - shape: The dimensions; none for a scalar.
  /// - Returns: The bytes.
  public static func byteCount(_ dtype: String, _ shape: [Int]) -> Int? {
    guard let bits = bits(dtype) else { return nil }
    var total = 1
    for factor in shape + [bits] {
      let (product, overflows) = total.multipliedReportingOverflow(by: factor)
      guard !overflows, factor >= 0 else { return nil }
      total = product
    }
    return total % 8 == 0 ? total / 8 : nil
  }
}
