import SeqaeFiles
import SeqaeTraining

/// Vectors of texts that go to a file as they are made, in constant memory, and can be gone on with after a stop.
///
/// Until it is whole the file is `FILE.partial`; beside it `FILE.partial.json` says how much of it is on the disk, of
/// which texts, and by which model. The header of a matrix, whose size is known at the end, is written in place then.
public final class VectorStream {
  /// The seconds after which what was written is made to survive.
  private static let interval = 10.0
  private static let layout = 1

  private let path: String
  private let format: VectorFile.Format
  private let columns: Int
  private let maker: String
  private var file: PartialFile
  // Of the texts of this run, those included whose vectors the part had: how many, and a hash of all of them.
  private var count = 0
  private var hash = VectorStream.emptyHash
  // What the part had when it was opened.
  private let kept: (count: Int, hash: String)?
  private var lastSaved = Clock.seconds()

  /// How many vectors are in the file.
  public var written: Int { max(count, kept?.count ?? 0) }

  private static let emptyHash = Splits.hash([])

  /// Opens a file.
  ///
  /// - Parameters:
  ///   - path: its name when it is whole.
  ///   - format: how vectors are written.
  ///   - columns: the number of values of each.
  ///   - maker: says by which model they are made.
  ///   - resumes: whether to keep what there is of a file that is not whole; else it is begun anew.
  /// - Throws: a `Failure` if it can't be created, or if what there is was made otherwise.
  public init(
    _ path: String, as format: VectorFile.Format, columns: Int, maker: String, resumes: Bool
  ) throws(Failure) {
    guard !Path.exists(path) || Path.isRegularFile(path) else {
      throw Failure(
        .cannotCreate,
        "\(path): is no file: vectors are written to one that takes its name when it is whole; "
          + "for a pipe leave --output out")
    }
    // Of a link the file is written that it leads to, as everywhere: the link stays.
    let path = Path.exists(path) ? try Path.resolved(path) : path
    (self.path, self.format, self.columns, self.maker) = (path, format, columns, maker)
    let state = Self.statePath(path)
    let identity = Self.identity(format, columns, maker)
    let found = resumes && Path.exists(state) ? try Self.found(state, identity) : nil
    kept = found.map { ($0.rows, $0.hash) }
    // What is said of a part that is begun anew is true no more.
    if found == nil, Path.exists(state) { try Path.removeTree(state) }
    file = try PartialFile(path, keeping: found?.bytes ?? 0)
    if found == nil { try file.write(header(0)) }
  }

  /// What a file says of a part that is to be gone on with.
  private static func found(
    _ state: String, _ identity: JSONObject
  ) throws(Failure) -> (rows: Int, bytes: Int, hash: String) {
    let json = try JSON.read(state)
    if let member = identity.members.first(where: { json[$0.key] != $0.value }) {
      func text(_ value: JSON?) -> String {
        value.map { String(decoding: $0.serialized(), as: UTF8.self) } ?? "nothing"
      }
      throw Failure(
        .data,
        "\(state): \(member.key.string) was \(text(json[member.key])) and is now "
          + "\(text(member.value)): go on as it was begun, or begin anew without --resume")
    }
    guard let rows = json["rows"]?.intValue, let bytes = json["bytes"]?.intValue,
      let hash = json["texts"]?.stringValue, rows >= 0, bytes >= 0
    else {
      throw Failure(
        .data, "\(state): doesn't say what of the file is whole: begin anew without --resume")
    }
    return (rows, bytes, hash.string)
  }

  private static func statePath(_ path: String) -> String {
    PartialFile.partialPath(path) + ".json"
  }

  /// Returns those of some texts that have no vector in the file yet: the last ones of them.
  ///
  /// - Parameter texts: the next ones of the input.
  /// - Returns: what to make vectors of, and to give `append`.
  /// - Throws: `Failure(.data)` if the texts before were others when their vectors were made.
  public func missing(_ texts: [[UInt8]]) throws(Failure) -> [[UInt8]] {
    guard let kept, count < kept.count else { return texts }
    let known = min(texts.count, kept.count - count)
    for text in texts[..<known] { take(text) }
    guard count < kept.count || String(hash, radix: 16) == kept.hash else {
      throw Failure(
        .data,
        "\(path): the first \(kept.count) texts are others than those whose vectors \(path).partial has: "
          + "begin anew without --resume")
    }
    return Array(texts[known...])
  }

  /// Writes the vectors of texts.
  ///
  /// - Parameters:
  ///   - vectors: of as many values as the file's have.
  ///   - texts: what they are of.
  /// - Throws: `Failure(.io)`.
  public func append(_ vectors: [[Float]], of texts: [[UInt8]]) throws(Failure) {
    for (vector, text) in zip(vectors, texts) {
      precondition(
        vector.count == columns, "VectorStream: \(vector.count) values, not \(columns)")
      if format == .jsonl {
        try file.write(VectorFile.line(text, vector) + [0x0A])
      } else {
        try file.write(vector)
      }
      take(text)
    }
    if Clock.seconds() - lastSaved > Self.interval { try save() }
  }

  private func take(_ text: [UInt8]) {
    hash = (hash ^ Splits.hash(text)) &* 0x100_0000_01B3
    count += 1
  }

  /// Makes what was written survive: `--resume` goes on behind it.
  ///
  /// - Throws: `Failure(.io)`.
  public func save() throws(Failure) {
    // Texts are being passed over: what is there is as it was.
    if let kept, count < kept.count { return }
    let bytes = try file.synchronize()
    var state = Self.identity(format, columns, maker)
    state["rows"] = .integer(count)
    state["bytes"] = .integer(bytes)
    state["texts"] = JSON(String(hash, radix: 16))
    try AtomicFile.write(
      Self.statePath(path), bytes: JSON.object(state).serialized() + [UInt8(ascii: "\n")])
    lastSaved = Clock.seconds()
  }

  /// Ends the file and gives it its name.
  ///
  /// - Throws: `Failure(.data)` if it has vectors of more texts than there were; `Failure(.io)`.
  public func finish() throws(Failure) {
    if let kept, count < kept.count {
      throw Failure(
        .data,
        "\(path): \(path).partial has vectors of \(kept.count) texts, the input has \(count): "
          + "begin anew without --resume")
    }
    if format != .jsonl { try file.overwriteStart(with: header(count)) }
    try file.finish()
    if Path.exists(Self.statePath(path)) { try Path.removeTree(Self.statePath(path)) }
  }

  private static func identity(
    _ format: VectorFile.Format, _ columns: Int, _ maker: String
  ) -> JSONObject {
    [
      "seqae_vectors": .integer(layout), "format": JSON(format.rawValue),
      "columns": .integer(columns), "made_by": JSON(maker),
    ]
  }

  /// What stands before the rows: as long for any number of them.
  private func header(_ rows: Int) -> [UInt8] {
    switch format {
    case .jsonl: []
    case .npy: NPYWriter.header(.float32, shape: [rows, columns])
    case .safetensors:
      SafetensorsWriter.matrixHeader(VectorFile.tensorName, rows: rows, columns: columns)
    }
  }
}
