import SeqaeFiles

/// What a model made of a few texts when it was judged last: `samples.jsonl` of a run, an object a line.
///
/// The keys are the recipe's, of a denoiser `noisy`, `repaired` and `clean`; the report shows them as
/// columns.
enum RunSamples {
  /// How many are kept of a validation: as many as one looks through.
  static let count = 8

  private static let name = "samples.jsonl"
  private static let maximumLine = 1 << 16

  /// Writes them in the place of those before.
  ///
  /// - Parameters:
  ///   - samples: the samples, each with the same keys.
  ///   - folder: the run's folder.
  /// - Throws: a `Failure` if the file can't be written.
  static func write(_ samples: [JSON], to folder: String) throws(Failure) {
    guard !samples.isEmpty else { return }
    let lines = samples.map { $0.serialized() + [UInt8(ascii: "\n")] }
    try AtomicFile.write(Path.join(folder, name), bytes: Array(lines.joined()))
  }

  /// Reads what a run has; damaged lines are left out.
  ///
  /// - Parameter folder: the run's folder.
  /// - Returns: the samples, and how many lines could not be read.
  /// - Throws: a `Failure` if the file is there and can't be read.
  static func read(_ folder: String) throws(Failure) -> (samples: [JSONObject], badLines: Int) {
    let path = Path.join(folder, name)
    guard Path.exists(path) else { return ([], 0) }
    var lines = try LineReader(path: path, maximumLineLength: maximumLine)
    var samples: [JSONObject] = []
    var badLines = 0
    while samples.count + badLines < 2 * count {
      do throws(Failure) {
        guard let line = try lines.next() else { break }
        if let sample = (try? JSON.parse(line, name: path))?.objectValue {
          samples.append(sample)
        } else {
          badLines += 1
        }
      } catch {
        guard error.kind == .data else { throw error }
        badLines += 1
        break
      }
    }
    return (samples, badLines)
  }
}
