import Glibc

/// Paths as strings and what commands and run folders do with them.
///
/// Names that are not UTF-8, which Linux allows, can't be expressed and are reported as missing.
public enum Path {
  // MARK: Names

  /// Joins parts with single slashes; a part that begins with one starts anew.
  ///
  ///     Path.join("runs", "denoiser", "config.json")   // "runs/denoiser/config.json"
  ///
  /// - Parameter parts: The parts, of which empty ones are left out.
  /// - Returns: The path.
  public static func join(_ parts: String...) -> String {
    var result = ""
    for part in parts where !part.isEmpty {
      if result.isEmpty || part.utf8.first == slash {
        result = part
      } else {
        result += result.utf8.last == slash ? part : "/" + part
      }
    }
    return result
  }

  /// The name after the last slash, trailing slashes aside: `"c"` of `"a/b/c/"`.
  ///
  /// - Parameter path: A path.
  /// - Returns: The name; `"/"` of `"/"`.
  public static func lastComponent(_ path: String) -> String {
    let trimmed = trimmed(path)
    guard let place = trimmed.lastIndex(of: slash), trimmed.count > 1 else {
      return String(decoding: trimmed, as: UTF8.self)
    }
    return String(decoding: trimmed[(place + 1)...], as: UTF8.self)
  }

  /// The folder that holds a path: `"a/b"` of `"a/b/c"`, `"."` of `"c"`.
  ///
  /// - Parameter path: A path.
  /// - Returns: The folder; `"/"` of `"/c"` and of `"/"`.
  public static func directory(_ path: String) -> String {
    let trimmed = trimmed(path)
    guard let place = trimmed.lastIndex(of: slash) else { return "." }
    return String(decoding: Self.trimmed(trimmed[..<max(place, 1)]), as: UTF8.self)
  }

  /// The path from the root, not resolving links and dots.
  ///
  /// - Parameter path: A path, relative to the working folder unless it begins with a slash.
  /// - Returns: The path from the root; `path` itself if the working folder is gone.
  public static func absolute(_ path: String) -> String {
    guard path.utf8.first != slash, let folder = getcwd(nil, 0) else { return path }
    defer { free(folder) }
    return join(String(cString: folder), path)
  }

  /// The file of the running program, links resolved; nil if the system does not say.
  public static var executablePath: String? {
    try? resolved("/proc/self/exe")
  }

  /// The path from the root with all links and dots resolved.
  ///
  /// - Parameter path: Something that exists.
  /// - Returns: The path.
  /// - Throws: `Failure(.missingInput)`.
  public static func resolved(_ path: String) throws(Failure) -> String {
    guard let result = realpath(path, nil) else { throw SystemError().opening(path) }
    defer { free(result) }
    return String(cString: result)
  }

  // MARK: Questions

  /// Whether something has this name, links followed, or may have: where the system does not say, what
  /// opens it will say why.
  public static func exists(_ path: String) -> Bool {
    mode(path) != nil || ![ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG].contains(errno)
  }

  /// Whether this is a folder, links followed.
  public static func isDirectory(_ path: String) -> Bool {
    mode(path).map { $0 & S_IFMT == S_IFDIR } ?? false
  }

  /// Whether this is a file with contents of its own, no folder, pipe or device; links followed.
  public static func isRegularFile(_ path: String) -> Bool {
    mode(path).map { $0 & S_IFMT == S_IFREG } ?? false
  }

  /// The size of a file in bytes.
  ///
  /// - Parameter path: The file.
  /// - Returns: Its size.
  /// - Throws: `Failure(.missingInput)`.
  public static func fileSize(_ path: String) throws(Failure) -> Int {
    var status = stat()
    guard SystemCall.status(path, { stat(path, &status) }) == 0 else {
      throw SystemError().opening(path)
    }
    return Int(status.st_size)
  }

  /// The names in a folder, hidden ones included, in byte order.
  ///
  /// - Parameter directory: The folder.
  /// - Returns: The names without the folder, without `.` and `..`.
  /// - Throws: `Failure(.missingInput)` or `Failure(.io)`.
  public static func list(_ directory: String) throws(Failure) -> [String] {
    var opened: OpaquePointer?
    let isDone = SystemCall.openToRead(directory) {
      opened = opendir(directory)
      return opened == nil ? -1 : 0
    }
    guard isDone == 0, let stream = opened else { throw SystemError().opening(directory) }
    defer { closedir(stream) }
    var names: [ByteString] = []
    while true {
      var next: UnsafeMutablePointer<dirent>?
      let isDone = SystemCall.read(directory) {
        // The end and an error look alike but for `errno`.
        errno = 0
        next = readdir(stream)
        return next == nil && errno != 0 ? -1 : 0
      }
      guard isDone == 0 else { throw SystemError().reading(directory) }
      guard let entry = next else { break }
      // Records are as long as their names, so `pointee`, a whole `dirent`, may not be copied.
      guard let offset = MemoryLayout<dirent>.offset(of: \.d_name) else { continue }
      let text = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      let name = ByteString(String(cString: text))
      if name != "." && name != ".." { names.append(name) }
    }
    return names.sorted().map(\.string)
  }

  // MARK: Changes

  /// Makes a folder and those above it that are missing.
  ///
  /// - Parameter path: The folder; it may exist.
  /// - Throws: `Failure(.cannotCreate)`.
  public static func makeDirectories(_ path: String) throws(Failure) {
    guard SystemCall.makeDirectory(path, { mkdir(path, 0o777) }) != 0 else { return }
    let error = SystemError()
    switch error.code {
    case EEXIST where isDirectory(path):
      return
    case EEXIST:
      throw Failure(
        .cannotCreate, "\(path): can't be created: a file has this name: choose another")
    case ENOENT where directory(path) != path && !path.isEmpty:
      try makeDirectories(directory(path))
      // Another process may have made it meanwhile.
      guard mkdir(path, 0o777) == 0 || isDirectory(path) else {
        throw SystemError().creating(path)
      }
    default:
      throw error.creating(path)
    }
  }

  /// Removes a file, or a folder with all that it holds; links are removed, not followed.
  ///
  /// - Parameter path: What to remove; it may be missing.
  /// - Throws: `Failure(.io)`.
  public static func removeTree(_ path: String) throws(Failure) {
    if SystemCall.remove(path, { unlink(path) }) == 0 { return }
    let error = SystemError()
    switch error.code {
    case ENOENT:
      return
    case EISDIR:
      for name in try list(path) { try removeTree(join(path, name)) }
      guard SystemCall.remove(path, { rmdir(path) }) == 0 || errno == ENOENT else {
        throw SystemError().doing("removing", path)
      }
    default:
      throw error.doing("removing", path)
    }
  }

  /// Gives a file or folder another name, replacing a file of that name, and syncs the folder.
  ///
  /// - Parameters:
  ///   - source: What to rename.
  ///   - destination: Its new name on the same file system.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public static func rename(_ source: String, to destination: String) throws(Failure) {
    guard SystemCall.rename(destination, { Glibc.rename(source, destination) }) == 0 else {
      throw SystemError().creating(destination)
    }
    try synchronizeDirectory(directory(destination))
    if directory(source) != directory(destination) { try synchronizeDirectory(directory(source)) }
  }

  /// Makes a symbolic link or points an existing one elsewhere, in one step.
  ///
  /// - Parameters:
  ///   - link: The link, such as `checkpoints/latest`.
  ///   - destination: What it says, relative to the link's folder: `step-200`.
  /// - Throws: `Failure(.cannotCreate)` or `Failure(.io)`.
  public static func replaceLink(_ link: String, with destination: String) throws(Failure) {
    let temporary = join(directory(link), ".\(lastComponent(link)).tmp-\(getpid())")
    unlink(temporary)
    guard SystemCall.open(link, { symlink(destination, temporary) }) == 0 else {
      throw SystemError().creating(link)
    }
    guard SystemCall.rename(link, { Glibc.rename(temporary, link) }) == 0 else {
      let error = SystemError()
      unlink(temporary)
      throw error.creating(link)
    }
    try synchronizeDirectory(directory(link))
  }

  /// Waits until the names in a folder are on the disk.
  ///
  /// - Parameter path: The folder.
  /// - Throws: `Failure(.io)`.
  public static func synchronizeDirectory(_ path: String) throws(Failure) {
    let descriptor = SystemCall.open(path) { open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
    guard descriptor >= 0 else { throw SystemError().doing("opening the folder", path) }
    defer { close(descriptor) }
    guard SystemCall.sync(path, { fsync(descriptor) }) == 0 else {
      let error = SystemError()
      // Not every file system can sync a folder; there is nothing that a caller could do.
      if error.code == EINVAL || error.code == ENOTSUP { return }
      throw error.writing(path)
    }
  }

  // MARK: Private helpers

  private static let slash = UInt8(ascii: "/")

  private static func trimmed(_ path: String) -> ArraySlice<UInt8> {
    trimmed(Array(path.utf8)[...])
  }

  /// Without trailing slashes, but for one that is all there is.
  private static func trimmed(_ path: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var path = path
    while path.count > 1, path.last == slash { path.removeLast() }
    return path
  }

  private static func mode(_ path: String) -> mode_t? {
    var status = stat()
    return SystemCall.status(path) { stat(path, &status) } == 0 ? status.st_mode : nil
  }
}
