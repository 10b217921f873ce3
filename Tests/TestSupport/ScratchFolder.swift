import Glibc
import SeqaeFiles

/// A folder for one test that goes when the test does.
package final class ScratchFolder {
  /// Where it lies.
  package let path: String

  /// Makes a folder in `/tmp`.
  package init() {
    var template = Array("/tmp/seqae-test-XXXXXX".utf8CString)
    guard let made = mkdtemp(&template) else { fatalError("no folder can be made in /tmp") }
    path = String(cString: made)
  }

  deinit { try? Path.removeTree(path) }

  /// The path of a name in it.
  package func callAsFunction(_ name: String) -> String { Path.join(path, name) }

  /// Writes a file of lines and returns its path.
  package func put(_ name: String, lines: [String]) throws -> String {
    let text = lines.map { $0 + "\n" }.joined()
    try AtomicFile.write(self(name), bytes: Array(text.utf8))
    return self(name)
  }

  /// The contents of a file.
  package func bytes(_ name: String) throws -> [UInt8] {
    let file = try MappedFile(self(name))
    return withExtendedLifetime(file) { Array(file.bytes) }
  }

  /// The lines of a file; none if there is no such file.
  package func lines(_ name: String) -> [String] {
    guard var reader = try? LineReader(path: self(name)) else { return [] }
    var lines: [String] = []
    while let line = try? reader.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    return lines
  }
}

extension ScratchFolder {
  /// Returns what `body` throws while calls of the system in this folder are answered; nil if nothing.
  ///
  /// - Parameters:
  ///   - body: what makes the calls.
  ///   - fault: the error that a call shall fail with; nil lets it through.
  /// - Returns: the failure.
  /// - Throws: what is no `Failure`.
  package func failure(
    of body: () throws -> Void, answering fault: @escaping SystemCall.Fault
  ) throws -> Failure? {
    SystemCall.setFault(in: path, fault)
    defer { SystemCall.setFault(in: path, nil) }
    do {
      try body()
      return nil
    } catch let failure as Failure {
      return failure
    }
  }
}
