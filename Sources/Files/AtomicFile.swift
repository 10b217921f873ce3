import Glibc
import Synchronization

/// Files that are there completely or not at all, whenever the process or the machine dies.
///
///     try AtomicFile.write("config.json", bytes: config.serialized(pretty: true))
///
/// The bytes go to `.config.json.tmp-<pid>-<n>` in the same folder, are synced to the disk, and
/// take their name by one rename, after which the folder is synced. If anything fails the
/// temporary file is removed and a file that had the name is as it was. A link is followed; what
/// is neither file nor link, such as `/dev/stdout` or a pipe, is written to directly.
public enum AtomicFile {
  /// Writes a file piece by piece.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace, whose permissions are kept if it exists.
  ///   - body: Writes the contents.
  /// - Throws: `Failure(.cannotCreate)`, `Failure(.io)`, or what `body` throws.
  public static func write(
    _ path: String, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    // The system would take the name to end there and replace another file.
    guard !path.utf8.contains(0) else { throw SystemError(code: EINVAL).creating(path) }
    var status = stat()
    let exists = SystemCall.status(path) { stat(path, &status) } == 0
    // What can't be looked at may be there: it is not replaced like something that is missing.
    guard exists || errno == ENOENT else { throw SystemError().creating(path) }
    switch exists ? status.st_mode & S_IFMT : S_IFREG {
    case S_IFREG:
      let target = exists ? try Path.resolved(path) : path
      try replace(target, permissions: exists ? status.st_mode & 0o777 : nil, body)
    case S_IFDIR:
      throw Failure(.cannotCreate, "\(path): can't be created: a folder has this name")
    default:
      try writeThrough(path, body)
    }
  }

  /// Writes a file at once.
  ///
  /// - Parameters:
  ///   - path: The file to create or replace.
  ///   - bytes: Its contents.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public static func write(_ path: String, bytes: [UInt8]) throws(Failure) {
    try write(path) { writer throws(Failure) in try writer.write(bytes) }
  }

  private static func replace(
    _ path: String, permissions: mode_t?, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let temporary = temporaryPath(for: path)
    let descriptor = SystemCall.open(path) {
      open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o666)
    }
    guard descriptor >= 0 else { throw SystemError().creating(path) }
    do throws(Failure) {
      if let permissions, fchmod(descriptor, permissions) != 0 {
        throw SystemError().creating(path)
      }
      try writeSynced(descriptor, name: path, body)
    } catch {
      close(descriptor)
      unlink(temporary)
      throw error
    }
    // Some network file systems report a failed write only here.
    guard close(descriptor) == 0 else {
      let error = SystemError()
      unlink(temporary)
      throw error.writing(path)
    }
    guard SystemCall.rename(path, { Glibc.rename(temporary, path) }) == 0 else {
      let error = SystemError()
      unlink(temporary)
      throw error.creating(path)
    }
    try Path.synchronizeDirectory(Path.directory(path))
  }

  private static func writeSynced(
    _ descriptor: Int32, name: String, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    var writer = FileWriter(descriptor: descriptor, name: name)
    try body(&writer)
    try writer.flush()
    guard SystemCall.sync(name, { fsync(descriptor) }) == 0 else {
      throw SystemError().writing(name)
    }
  }

  private static func writeThrough(
    _ path: String, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let descriptor = SystemCall.open(path) { open(path, O_WRONLY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError().creating(path) }
    defer { close(descriptor) }
    var writer = FileWriter(descriptor: descriptor, name: path)
    try body(&writer)
    try writer.flush()
  }

  // Two threads that write the same name must not share a temporary file.
  private static let counter = Atomic<Int>(0)

  private static func temporaryPath(for path: String) -> String {
    // Cut, so that a name of the longest length has room for what is added.
    let name = String(decoding: Path.lastComponent(path).utf8.prefix(180), as: UTF8.self)
    let number = counter.wrappingAdd(1, ordering: .relaxed).oldValue
    return Path.join(Path.directory(path), ".\(name)\(mark)\(getpid())-\(number)")
  }

  // What a temporary name holds between the name and the numbers.
  private static let mark = ".tmp-"

  /// Removes what writers that were killed left in a folder, of `AtomicFile` and of links.
  ///
  /// - Parameter folder: A folder to which this process is not writing.
  /// - Throws: A `Failure` if the folder can't be read or changed.
  package static func removeLeftovers(in folder: String) throws(Failure) {
    for name in try Path.list(folder) {
      guard let writer = writer(ofTemporary: name) else { continue }
      // Our own number: in a container every process may have the number of the one before.
      let isAlive = writer != getpid() && (kill(writer, 0) == 0 || errno == EPERM)
      if !isAlive { try Path.removeTree(Path.join(folder, name)) }
    }
  }

  /// The process in the name of a temporary file; nil if the name is no such name.
  private static func writer(ofTemporary name: String) -> pid_t? {
    let (bytes, mark) = (Array(name.utf8), Array(mark.utf8))
    guard bytes.first == UInt8(ascii: "."),
      let place = bytes.indices.last(where: { bytes[$0...].starts(with: mark) })
    else { return nil }
    let numbers = bytes[(place + mark.count)...].split(
      separator: UInt8(ascii: "-"), omittingEmptySubsequences: false
    ).map { pid_t(String(decoding: $0, as: UTF8.self)) }
    guard (1...2).contains(numbers.count), let writer = numbers[0], writer > 0,
      numbers.allSatisfy({ $0 != nil })
    else { return nil }
    return writer
  }
}
