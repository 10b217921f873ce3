import Glibc
import SeqaeFiles

/// The texts that a verb works on: its arguments, else the lines of standard input, in blocks.
///
///     var input = TextInput(arguments)
///     while let block = try input.next() { … }   // at least one text
///
/// A block holds what is there: a person's line comes at once and alone, a file's lines come by the
/// hundred. What is wrong with a line is thrown after the lines before it have been handed out.
/// Memory is bounded by the longest line, of at most 1 GiB.
struct TextInput {
  private var arguments: [[UInt8]]
  private var lines: StandardInputLines?

  /// Makes an input of a verb's texts, of which each line counts as one unless they are whole; standard input if none.
  init(_ texts: [String], isWhole: Bool = false) {
    arguments =
      isWhole
      ? texts.map { Array($0.utf8) }
      : texts.flatMap { text in
        text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
      }
    lines = texts.isEmpty ? StandardInputLines() : nil
  }

  /// How much of standard input has been read, in 0 … 1; 0 where it is no file, whose size is known.
  var fraction: Double {
    var status = stat()
    guard lines != nil, fstat(STDIN_FILENO, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      status.st_size > 0
    else { return 0 }
    return min(1, Double(lseek(STDIN_FILENO, 0, SEEK_CUR)) / Double(status.st_size))
  }

  /// The next texts; nil after the last.
  mutating func next() throws(Failure) -> [[UInt8]]? {
    if lines != nil { return try lines?.next() }
    guard !arguments.isEmpty else { return nil }
    defer { arguments = [] }
    return arguments
  }
}

/// The lines of standard input, checked to be UTF-8, in blocks.
private struct StandardInputLines {
  private static let longestLine = 1 << 30
  private static let largestBlock = 256
  private static let readSize = 1 << 16

  private var buffer: [UInt8] = []
  private var position = 0  // of the first byte that was not handed out
  private var searched = 0  // up to here there is no line feed
  private var lineNumber = 0
  private var isAtEnd = false
  private var failure: Failure?

  mutating func next() throws(Failure) -> [[UInt8]]? {
    if let failure { throw failure }
    while true {
      var block: [[UInt8]] = []
      do throws(Failure) {
        while block.count < Self.largestBlock, let line = try nextLine() { block.append(line) }
      } catch {
        failure = error
        if block.isEmpty { throw error }
      }
      if !block.isEmpty { return block }
      if isAtEnd { return nil }
      try read()
    }
  }

  /// The next line, if the buffer has it whole.
  private mutating func nextLine() throws(Failure) -> [UInt8]? {
    if lineNumber == 0, buffer.starts(with: [0x1F, 0x8B]) {
      throw Failure(.data, "standard input: is gzip: unpack it before, with gunzip")
    }
    let end = buffer[searched...].firstIndex(of: 0x0A) ?? buffer.count
    searched = end
    guard end - position <= Self.longestLine else {
      throw wrong("longer than \(Self.longestLine) bytes: break it into shorter lines")
    }
    let isWhole = end < buffer.count || isAtEnd && position < end
    guard isWhole else { return nil }
    let hasEnd = end < buffer.count
    var text = take(upTo: end)
    if text.last == UInt8(ascii: "\r"), hasEnd { text.removeLast() }
    if lineNumber == 0, text.starts(with: [0xEF, 0xBB, 0xBF]) { text.removeFirst(3) }
    if let offset = UTF8Validation.firstInvalid(in: text) {
      throw wrong("not UTF-8 at byte \(offset + 1): convert it with iconv")
    }
    lineNumber += 1
    return text
  }

  private func wrong(_ message: String) -> Failure {
    Failure(.data, "standard input, line \(lineNumber + 1): \(message)")
  }

  /// Takes the bytes before `end` and the line feed there out of the buffer. A long line becomes the buffer itself: a
  /// copy would take as much memory again.
  private mutating func take(upTo end: Int) -> [UInt8] {
    let next = min(end + 1, buffer.count)
    guard end - position > Self.readSize else {
      let text = Array(buffer[position..<end])
      (position, searched) = (next, next)
      return text
    }
    let (start, rest) = (position, Array(buffer[next...]))
    var text = buffer
    (buffer, position, searched) = (rest, 0, 0)
    text.removeSubrange(end...)
    text.removeSubrange(..<start)
    return text
  }

  /// Appends what there is to read, waiting only if there is nothing yet.
  private mutating func read() throws(Failure) {
    buffer.removeSubrange(..<position)
    searched -= position
    position = 0
    let start = buffer.count
    buffer.append(contentsOf: repeatElement(0, count: Self.readSize))
    let count = buffer.withUnsafeMutableBytes { bytes in
      while true {
        let count = Glibc.read(STDIN_FILENO, bytes.baseAddress?.advanced(by: start), Self.readSize)
        if count >= 0 { return count }
        switch errno {
        case EINTR:
          continue
        case EAGAIN:
          // Another program has set it not to block: wait until there is more.
          var wait = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
          _ = poll(&wait, 1, -1)
        default:
          return -1
        }
      }
    }
    guard count >= 0 else { throw Failure.reading("standard input") }
    buffer.removeSubrange((start + count)...)
    isAtEnd = count == 0
  }
}
