import SeqaeFiles

/// What the log of a run says, as curves over the steps.
struct RunCurves {
  /// A number over the steps.
  struct Curve {
    /// Its name in the log; that of a metric begins with `validation/`.
    let name: ByteString
    /// Step and value, in the order of the log, finite.
    var points: [(step: Double, value: Double)] = []
  }

  /// A validation.
  struct Validation {
    let step: Int
    let metrics: [(name: ByteString, value: Double?)]
    let isBest: Bool
  }

  static let validationPrefix: ByteString = "validation/"
  private static let maximumCurves = 64  // a page of more is no page; a run of ours has about ten
  private static let maximumLine = 1 << 20
  private static let steps = 0..<(1 << 53)  // each a `Double` too
  private static let notDrawn: Set<ByteString> = ["step", "epoch", "seconds"]

  private(set) var curves: [Curve] = []
  private(set) var best: Validation?
  private(set) var last: Validation?
  /// The last step, and the passes through the data and seconds at it, where they are known.
  private(set) var step: Int?
  private(set) var epoch: Double?
  private(set) var seconds: Double?
  /// How many lines could not be read.
  private(set) var badLines = 0

  private var places: [ByteString: Int] = [:]

  /// Reads a log; lines that are damaged are counted and left out.
  ///
  /// - Parameter path: the file.
  /// - Throws: `Failure(.missingInput)` if it can't be opened, `Failure(.io)` if reading fails.
  init(log path: String) throws(Failure) {
    var lines = try LineReader(path: path, maximumLineLength: Self.maximumLine)
    while true {
      let line: [UInt8]?
      do throws(Failure) {
        line = try lines.next()
      } catch {
        guard error.kind == .data else { throw error }
        badLines += 1  // too long, and the last that is read
        break
      }
      guard let line else { break }
      if !add(line, name: path) { badLines += 1 }
    }
  }

  private mutating func add(_ line: [UInt8], name: String) -> Bool {
    guard let object = (try? JSON.parse(line, name: name))?.objectValue,
      let step = object["step"]?.intValue, Self.steps.contains(step)
    else { return false }
    self.step = step
    if let seconds = object["seconds"]?.doubleValue { self.seconds = seconds }
    if let epoch = object["epoch"]?.doubleValue { self.epoch = epoch }
    for (key, value) in object.members where !Self.notDrawn.contains(key) {
      if let number = value.doubleValue { add(key, step, number) }
    }
    guard let metrics = object["validation"]?.objectValue else { return true }
    for (key, value) in metrics.members {
      if let number = value.doubleValue {
        add(ByteString(Self.validationPrefix.bytes + key.bytes), step, number)
      }
    }
    let validation = Validation(
      step: step, metrics: metrics.members.map { ($0.key, $0.value.doubleValue) },
      isBest: object["best"]?.boolValue ?? false)
    last = validation
    if validation.isBest { best = validation }
    return true
  }

  private mutating func add(_ name: ByteString, _ step: Int, _ value: Double) {
    guard value.isFinite else { return }
    if let place = places[name] {
      curves[place].points.append((Double(step), value))
    } else if curves.count < Self.maximumCurves {
      places[name] = curves.count
      curves.append(Curve(name: name, points: [(Double(step), value)]))
    }
  }

  /// The curve of a name.
  func curve(_ name: ByteString) -> Curve? {
    places[name].map { curves[$0] }
  }
}
