import SeqaeFiles

/// The folder of a training run: the best model so far, the log, and checkpoints.
///
/// ```
/// RUN/config.json, model.safetensors, …   the best model, as its recipe writes it
/// RUN/log.jsonl                           what the run reported
/// RUN/events.out.tfevents.…               the same for TensorBoard, a file for each start
/// RUN/checkpoints/step-N/                 weights, their average if there is one, optimizer, state.json
/// RUN/checkpoints/latest -> step-N
/// ```
///
/// A checkpoint is written as `step-N.tmp`, synced, and renamed, and then `latest` is renamed onto the
/// older link; one that is wanted no more is renamed before it is removed, and `state.json` alone is
/// replaced where only it is new. Whenever the process or the machine dies, what is called `step-N` is
/// complete. One trainer at a time has the folder, by a lock on `RUN/.lock` that ends with its process.
public struct RunDirectory: Sendable {
  /// A complete checkpoint.
  public struct SavedStep: Sendable, Equatable {
    /// The number of steps made before it was written.
    public let step: Int
    /// Its folder.
    public let path: String
  }

  /// The run's folder.
  public let path: String

  private let ownership: RunLock

  /// The fewest checkpoints that are kept: the newest, and the one before in case it is damaged.
  private static let keptCheckpoints = 2
  private static let stepPrefix = "step-"
  private static let temporarySuffix = ".tmp"
  private static let latestName = "latest"

  /// Where the log lies.
  public var logPath: String { Path.join(path, "log.jsonl") }
  private var checkpoints: String { Path.join(path, "checkpoints") }

  private init(path: String) {
    self.path = path
    ownership = RunLock(path)
  }

  /// Makes the folder of a new run.
  ///
  /// - Parameter path: a folder, made if missing.
  /// - Returns: the run's folder, locked.
  /// - Throws: `Failure(.cannotCreate)` if it holds a run already, another trainer has it, or it can't be
  ///   made.
  public static func create(_ path: String) throws(Failure) -> RunDirectory {
    try refuseExisting(path)
    let run = RunDirectory(path: path)
    try Path.makeDirectories(path)
    try run.lock()
    // Again: another trainer may have come and gone since.
    try refuseExisting(path)
    try AtomicFile.removeLeftovers(in: path)
    try Path.makeDirectories(run.checkpoints)
    return run
  }

  /// Checks that a folder holds no run and is no file.
  ///
  /// - Parameter path: a folder, which may be missing.
  /// - Throws: `Failure(.cannotCreate)` if it holds one or is one.
  public static func refuseExisting(_ path: String) throws(Failure) {
    // Said before the data is read, not after.
    guard !Path.exists(path) || Path.isDirectory(path) else {
      throw Failure(
        .cannotCreate, "\(path): can't be created: a file has this name: choose another")
    }
    for name in ["checkpoints", "log.jsonl", "model.safetensors"]
    where Path.exists(Path.join(path, name)) {
      throw Failure(
        .cannotCreate,
        "\(path): holds a run already (\(name)): continue it with --resume, or choose another "
          + "--output")
    }
  }

  /// Opens the folder of a run that is to go on.
  ///
  /// - Parameter path: a run's folder.
  /// - Returns: the folder, locked and free of what a killed trainer left, and its newest checkpoint; nil
  ///   where the run was killed before its first, and goes on from the beginning.
  /// - Throws: `Failure(.missingInput)` if there is no run; `Failure(.cannotCreate)` if another trainer has
  ///   it.
  public static func resume(
    _ path: String
  ) throws(Failure) -> (run: RunDirectory, from: SavedStep?) {
    let run = RunDirectory(path: path)
    guard Path.isDirectory(run.checkpoints) else {
      throw Failure(
        .missingInput, "\(path): holds no run to resume: leave out --resume to start one")
    }
    try run.lock()
    let newest = try run.savedSteps().last
    for name in try Path.list(run.checkpoints) where name.hasSuffix(temporarySuffix) {
      try Path.removeTree(Path.join(run.checkpoints, name))
    }
    for folder in [newest?.path, run.checkpoints, path] {
      if let folder { try AtomicFile.removeLeftovers(in: folder) }
    }
    return (run, newest)
  }

  /// Takes the folder for this process, if it has not got it already.
  ///
  /// - Throws: `Failure(.cannotCreate)` if another trainer has it.
  public func lock() throws(Failure) { try ownership.acquire() }

  /// Lets others have the folder.
  public func unlock() { ownership.release() }

  /// The complete checkpoints, oldest first.
  ///
  /// - Returns: those that the folder holds now.
  /// - Throws: a `Failure` if the folder can't be read.
  public func savedSteps() throws(Failure) -> [SavedStep] {
    var result: [SavedStep] = []
    for name in try Path.list(checkpoints) where name.hasPrefix(Self.stepPrefix) {
      guard let step = Int(name.dropFirst(Self.stepPrefix.count)), step >= 0 else { continue }
      result.append(SavedStep(step: step, path: Path.join(checkpoints, name)))
    }
    return result.sorted { $0.step < $1.step }
  }

  /// Returns where the checkpoint of a step is or would be.
  func path(of step: Int) -> String { Path.join(checkpoints, "\(Self.stepPrefix)\(step)") }

  /// Writes a checkpoint, all or nothing, and removes old ones.
  ///
  /// - Parameters:
  ///   - step: the number of steps made.
  ///   - kept: how many checkpoints stay, this one counted; two at least do.
  ///   - write: writes its files, each synced, into the folder that it is given.
  /// - Throws: a `Failure` if writing fails; the checkpoints before are then as they were.
  public func save(
    step: Int, keeping kept: Int = 0, _ write: (_ folder: String) throws(Failure) -> Void
  ) throws(Failure) {
    let final = self.path(of: step)
    let temporary = final + Self.temporarySuffix
    try Path.removeTree(temporary)
    try Path.makeDirectories(temporary)
    do throws(Failure) {
      try write(temporary)
      try Path.synchronizeDirectory(temporary)
      // There only where a run was resumed from before it.
      if Path.exists(final) { try discard(final) }
      try Path.rename(temporary, to: final)
    } catch {
      try? Path.removeTree(temporary)
      throw error
    }
    try Path.replaceLink(Path.join(checkpoints, Self.latestName), with: Path.lastComponent(final))
    let others = max(Self.keptCheckpoints, kept) - 1
    for old in try savedSteps().filter({ $0.step < step }).dropLast(others) {
      try discard(old.path)
    }
  }

  /// Removes a checkpoint that is never seen with a part of its files.
  private func discard(_ saved: String) throws(Failure) {
    let unnamed = saved + ".old" + Self.temporarySuffix
    try Path.removeTree(unnamed)
    try Path.rename(saved, to: unnamed)
    try Path.removeTree(unnamed)
  }
}
