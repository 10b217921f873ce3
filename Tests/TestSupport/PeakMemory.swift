import SeqaeFiles

/// The most memory that this process has had so far, in bytes; nil where the system doesn't say.
package func peakMemory() -> Int? {
  guard var status = try? LineReader(path: "/proc/self/status") else { return nil }
  while let line = try? status.next() {
    let words = String(decoding: line, as: UTF8.self).split { $0 == " " || $0 == "\t" }
    if words.first == "VmHWM:", words.count > 1 { return Int(words[1]).map { $0 << 10 } }
  }
  return nil
}
