/// A number of things as messages have it.
///
///     counted(1, "column")  // 1 column
///     counted(2, "column")  // 2 columns
///
/// - Parameters:
///   - count: how many there are.
///   - noun: what one of them is called; more are called the same with an s.
/// - Returns: both.
package func counted(_ count: Int, _ noun: String) -> String {
  "\(count) \(noun)\(count == 1 ? "" : "s")"
}
