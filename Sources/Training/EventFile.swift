import Glibc
import SeqaeFiles
import Synchronization

/// A file of a run's numbers that TensorBoard reads: one for each process that works on the run.
///
/// ```
/// tensorboard --logdir runs
/// ```
///
/// A file that a kill tore is none the worse for it: TensorBoard stops before the torn record and goes on
/// with the next file, that of the resumed run.
package struct EventFile {
  /// The file, `events.out.tfevents.SECONDS.HOST.PROCESS.NUMBER`: its beginning is how TensorBoard finds
  /// it, and the order of names is the order in which it reads them.
  package let path: String

  private let now: () -> Double

  /// Creates a file in a run's folder.
  ///
  /// - Parameters:
  ///   - folder: the run's folder.
  ///   - step: the step after which the run goes on; nil for one that begins.
  ///   - now: a clock in seconds since 1970.
  /// - Returns: the file, which says its version and where it goes on.
  /// - Throws: a `Failure` if it can't be written.
  package static func create(
    in folder: String, after step: Int?, now: @escaping () -> Double = Clock.sinceEpoch
  ) throws(Failure) -> EventFile {
    let time = now()
    // One process may work on a run twice within a second, as tests do.
    let number = counter.wrappingAdd(1, ordering: .relaxed).oldValue
    let name =
      "events.out.tfevents.\(Int(max(0, min(time, 9_999_999_999)))).\(host).\(getpid()).\(number)"
    let file = EventFile(path: Path.join(folder, name), now: now)
    let start = step.map { EventRecord.start(time: time, step: $0 + 1) } ?? []
    try AppendedFile.append(EventRecord.version(time: time) + start, to: file.path)
    return file
  }

  /// Appends every number of a line of the log under its own tag, such as `validation/score`.
  ///
  /// - Parameter line: an object with `step`; lines without it are left out.
  /// - Throws: a `Failure` if it can't be written.
  package func append(_ line: JSON) throws(Failure) {
    guard let step = line["step"]?.intValue, let object = line.objectValue else { return }
    let values = Self.numbers(object, below: []).filter { $0.tag != Array("step".utf8) }
    guard !values.isEmpty else { return }
    try AppendedFile.append(EventRecord.scalars(time: now(), step: step, values), to: path)
  }

  private static func numbers(
    _ object: JSONObject, below path: [UInt8]
  ) -> [(tag: [UInt8], value: Double)] {
    object.members.flatMap { key, value in
      if let inner = value.objectValue {
        return numbers(inner, below: path + key.bytes + [UInt8(ascii: "/")])
      }
      return value.doubleValue.map { [(path + key.bytes, $0)] } ?? []
    }
  }

  private static let counter = Atomic<Int>(0)

  /// The machine's name in letters that every file system takes.
  private static var host: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "localhost" }
    let letters = buffer.prefix { $0 != 0 }.prefix(64).map { byte -> UInt8 in
      let letter = UInt8(bitPattern: byte)
      let isPlain = isalnum(Int32(letter)) != 0 && letter < 0x80 || letter == UInt8(ascii: "-")
      return isPlain ? letter : UInt8(ascii: "_")
    }
    return letters.isEmpty ? "localhost" : String(decoding: letters, as: UTF8.self)
  }
}

/// A file that grows by whole pieces.
enum AppendedFile {
  /// Appends bytes to a file, created if missing, and closes it.
  ///
  /// - Parameters:
  ///   - bytes: what to append.
  ///   - path: the file.
  /// - Throws: a `Failure` if it can't be written.
  static func append(_ bytes: [UInt8], to path: String) throws(Failure) {
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o666)
    guard descriptor >= 0 else {
      throw Failure(.io, "\(path): can't be opened for appending: check the permissions")
    }
    defer { close(descriptor) }
    var writer = FileWriter(descriptor: descriptor, name: path)
    try writer.write(bytes)
    try writer.flush()
  }
}
