#if canImport(CPQ)
  import CPQ
  import SeqaeFiles

  /// A connection to a PostgreSQL server, used by one thread.
  final class PostgreSQLDatabase {
    /// What messages call it: the address without a password.
    let name: String
    private let connection: OpaquePointer

    /// Connects.
    ///
    /// - Parameter address: `postgresql://user@host:5432/database`, as libpq reads it.
    /// - Throws: `Failure(.unavailable)` without libpq or without an answer.
    init(_ address: String) throws(Failure) {
      let name = Self.shown(address)
      self.name = name
      guard cpq_open() != nil else {
        throw Failure(
          .unavailable, "\(name): libpq, which speaks to PostgreSQL, is missing: install libpq5")
      }
      guard let connection = cpq_connect(address) else {
        throw Failure(.internalError, "\(name): libpq can't start: no memory")
      }
      guard cpq_is_connected(connection) != 0 else {
        let said = Self.firstLine(String(cString: cpq_message(connection)))
        cpq_close(connection)
        throw Failure(.unavailable, "\(name): can't be reached (\(said)): is the server running?")
      }
      self.connection = connection
    }

    deinit { cpq_close(connection) }

    /// A parameter's value, sent as text.
    enum Value {
      case integer(Int)
      case text([UInt8])
      case texts([[UInt8]])
      case integers([Int])
      case vector([Float])
      case null

      /// The bytes that PostgreSQL reads, nil for NULL.
      var bytes: [UInt8]? {
        switch self {
        case .integer(let number): return Array("\(number)".utf8)
        case .text(let text): return text
        case .integers(let numbers):
          return Array("{\(numbers.map { "\($0)" }.joined(separator: ","))}".utf8)
        case .vector(let values):
          return Array("[\(values.map { "\($0)" }.joined(separator: ","))]".utf8)
        case .texts(let texts):
          var bytes: [UInt8] = [0x7B]
          for (number, text) in texts.enumerated() {
            bytes += number == 0 ? [0x22] : [0x2C, 0x22]
            for byte in text { bytes += byte == 0x22 || byte == 0x5C ? [0x5C, byte] : [byte] }
            bytes.append(0x22)
          }
          return bytes + [0x7D]
        case .null: return nil
        }
      }
    }

    /// Runs a statement and returns its rows, all at once.
    @discardableResult
    func run(_ sql: String, _ values: [Value] = []) throws(Failure) -> PostgreSQLRows {
      var texts: [[UInt8]?] = []
      for value in values {
        guard let bytes = value.bytes else {
          texts.append(nil)
          continue
        }
        guard !bytes.contains(0) else { throw nulCharacter(in: "a text") }
        texts.append(bytes + [0])
      }
      let result = Self.withPointers(to: texts) { pointers in
        cpq_run(connection, sql, Int32(pointers.count), pointers.baseAddress)
      }
      guard let result, cpq_is_done(result) != 0 else {
        let failure = failure(result)
        cpq_clear(result)
        throw failure
      }
      return PostgreSQLRows(result)
    }

    /// Adds rows to a table, all at once.
    ///
    /// - Parameters:
    ///   - table: its name.
    ///   - columns: those of the rows, with commas between.
    ///   - rows: the values of each.
    /// - Throws: `Failure(.data)` for a text with NUL, or what the server says.
    func copy(_ table: String, _ columns: String, _ rows: [[Value]]) throws(Failure) {
      guard !rows.isEmpty else { return }
      // COPY's text format: tabs between values, a line each.
      var bytes: [UInt8] = []
      for row in rows {
        for (column, value) in row.enumerated() {
          if column > 0 { bytes.append(0x09) }
          guard let text = value.bytes else {
            bytes += [0x5C, 0x4E]
            continue
          }
          guard !text.contains(0) else { throw nulCharacter(in: "a text") }
          for byte in text {
            switch byte {
            case 0x09: bytes += [0x5C, 0x74]
            case 0x0A: bytes += [0x5C, 0x6E]
            case 0x0D: bytes += [0x5C, 0x72]
            case 0x5C: bytes += [0x5C, 0x5C]
            default: bytes.append(byte)
            }
          }
        }
        bytes.append(0x0A)
      }
      let result = bytes.withUnsafeBytes {
        cpq_copy(
          connection, "COPY \(table) (\(columns)) FROM STDIN",
          $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      defer { cpq_clear(result) }
      guard let result else { throw lost(Self.firstLine(String(cString: cpq_message(connection)))) }
      guard cpq_is_done(result) != 0 else { throw failure(result) }
    }

    /// The failure of a text that the server can't keep.
    func nulCharacter(in place: String) -> Failure {
      Failure(
        .data, "\(name): \(place) has a NUL character, which PostgreSQL does not keep: take it out")
    }

    /// Makes a change completely or not at all.
    func change<Result>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
      try run("BEGIN")
      do throws(Failure) {
        let result = try body()
        try run("COMMIT")
        return result
      } catch {
        _ = try? run("ROLLBACK")
        throw error
      }
    }

    private static func withPointers<Result>(
      to texts: [[UInt8]?], _ body: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> Result
    ) -> Result {
      // One buffer for all, so that each stays where it is.
      var (buffer, offsets): ([UInt8], [Int?]) = ([], [])
      for text in texts {
        offsets.append(text == nil ? nil : buffer.count)
        buffer += text ?? []
      }
      return buffer.withUnsafeBytes { bytes in
        let base = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        let pointers = offsets.map { offset in offset.flatMap { base?.advanced(by: $0) } }
        return pointers.withUnsafeBufferPointer(body)
      }
    }

    private func failure(_ result: OpaquePointer?) -> Failure {
      let state = result.flatMap { cpq_state($0) }.map { String(cString: $0) } ?? ""
      let said =
        result.flatMap { cpq_error($0) }.map { String(cString: $0) }
        ?? Self.firstLine(String(cString: cpq_message(connection)))
      guard cpq_is_connected(connection) != 0, !state.hasPrefix("08"), !state.hasPrefix("57P")
      else { return lost(said) }
      switch state {
      case "40001", "40P01", "55P03":
        return Failure(
          .unavailable, "\(name): another process is writing to it: try again when it has ended")
      case "42501": return Failure(.cannotCreate, "\(name): not permitted: \(said)")
      case "53100": return Failure(.io, "\(name): no space is left on the server's disk: free some")
      case "54000": return Failure(.data, "\(name): too long for an index: \(said)")
      default: return Failure(.internalError, "\(name): PostgreSQL: \(said)")
      }
    }

    /// The failure of a connection that is of no use any more.
    private func lost(_ said: String) -> Failure {
      Failure(
        .unavailable,
        "\(name): the server is gone (\(said)): what was committed stays; start again when it is back"
      )
    }

    private static func firstLine(_ text: String) -> String {
      String(text.split(separator: "\n").first ?? "no answer")
    }

    /// The address without what only its owner should know.
    private static func shown(_ address: String) -> String {
      guard let scheme = address.firstRange(of: "://") else { return address }
      let rest = address[scheme.upperBound...]
      let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
      var host = String(rest[..<end])
      if let at = host.lastIndex(of: "@") {
        let user = host[..<at].prefix { $0 != ":" }
        host = String(user) + String(host[at...])
      }
      let path = rest[end...].prefix { $0 != "?" }
      return address[..<scheme.upperBound] + host + path
    }
  }

  /// The rows of an answer.
  final class PostgreSQLRows {
    private let result: OpaquePointer
    /// How many there are.
    let count: Int

    init(_ result: OpaquePointer) {
      self.result = result
      count = Int(cpq_rows(result))
    }

    deinit { cpq_clear(result) }

    func isNull(_ row: Int, _ column: Int) -> Bool {
      cpq_is_null(result, Int32(row), Int32(column)) != 0
    }

    func text(_ row: Int, _ column: Int) -> [UInt8] {
      var length: Int32 = 0
      let value = cpq_value(result, Int32(row), Int32(column), &length)
      return Array(UnsafeRawBufferPointer(start: value, count: Int(length)))
    }

    func string(_ row: Int, _ column: Int) -> String {
      String(decoding: text(row, column), as: UTF8.self)
    }

    func integer(_ row: Int, _ column: Int) -> Int { Int(string(row, column)) ?? 0 }

    func number(_ row: Int, _ column: Int) -> Double { Double(string(row, column)) ?? .nan }
  }
#endif
