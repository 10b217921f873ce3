import Glibc
import SeqaeFiles

/// What a long job says of itself on standard error: a bar on a terminal, lines elsewhere, or nothing.
///
/// Only ASCII is written into the bar, so that its width is known on a terminal of any locale.
public final class Progress {
  /// How progress is shown.
  public enum Style: Sendable, Equatable {
    /// One line that is written over, several times a second.
    case bar
    /// A line now and then.
    case lines
    /// Nothing.
    case silent
  }

  /// Where a training run stands.
  public struct Status: Sendable {
    /// The number of steps made.
    public var step: Int
    /// The passes through the data.
    public var epoch: Double
    /// The mean loss since the last line of the log.
    public var loss: Double
    /// The recent speed.
    public var tokensPerSecond: Double
    /// How much of the run is over, in 0 … 1.
    public var fraction: Double
    /// The seconds that the run has taken.
    public var seconds: Double

    /// Creates a status.
    public init(
      step: Int, epoch: Double, loss: Double, tokensPerSecond: Double, fraction: Double,
      seconds: Double
    ) {
      self.step = step
      self.epoch = epoch
      self.loss = loss
      self.tokensPerSecond = tokensPerSecond
      self.fraction = fraction
      self.seconds = seconds
    }
  }

  private static let barInterval = 0.2  // seconds
  private static let lineInterval = 30.0

  private let style: Style
  private let output: Output
  private let now: () -> Double
  private var lastShown = -Double.infinity
  private var isBarShown = false

  /// Creates a report.
  ///
  /// - Parameters:
  ///   - style: how to show it; nil for a bar on a terminal and lines elsewhere.
  ///   - output: where.
  ///   - now: a clock in seconds.
  public init(
    _ style: Style? = nil, on output: Output = .error, now: @escaping () -> Double = Clock.seconds
  ) {
    self.style = style ?? (output.isTerminal ? .bar : .lines)
    self.output = output
    self.now = now
  }

  /// Shows where the run stands, unless that was shown a moment ago.
  public func update(_ status: Status) {
    update(fraction: status.fraction, seconds: status.seconds) {
      "step \(status.step)  epoch \(fixed(status.epoch, 2))  loss \(fixed(status.loss, 4))  "
        + "\(Int(max(0, min(status.tokensPerSecond, 1e12)))) tokens/s"
    }
  }

  /// Shows how far a job has come, unless that was shown a moment ago.
  ///
  /// - Parameters:
  ///   - fraction: how much of it is over, in 0 … 1; 0 where that isn't known.
  ///   - seconds: that it has taken.
  ///   - numbers: what else there is to say.
  public func update(fraction: Double, seconds: Double, _ numbers: () -> String) {
    guard style != .silent else { return }
    let time = now()
    guard time - lastShown >= (style == .bar ? Self.barInterval : Self.lineInterval) else { return }
    lastShown = time
    let left = "\(Self.duration(Self.secondsLeft(fraction, seconds))) left"
    switch style {
    case .lines: write(numbers() + "  " + left + "\n")
    case .bar: show(Self.bar(fraction) + "  " + left + "  " + numbers())
    case .silent: break
    }
  }

  /// Writes a line that stays.
  public func note(_ text: String) {
    guard style != .silent else { return }
    clear()
    write(text + "\n")
    lastShown = -Double.infinity
  }

  /// Takes the bar away.
  public func clear() {
    guard isBarShown else { return }
    isBarShown = false
    write("\r\u{1B}[K")
  }

  private func show(_ text: String) {
    isBarShown = true
    // One column less than the terminal has: a full line would wrap and not be written over.
    write("\r" + text.prefix(max(20, Self.columns() - 1)) + "\u{1B}[K")
  }

  /// Losing the reports is no reason to lose the run, so failures are ignored.
  private func write(_ text: String) {
    try? output.write(Array(text.utf8))
  }

  private static func bar(_ fraction: Double) -> String {
    let width = 24
    let full = Int(Double(width) * min(1, max(0, fraction)))
    let percent = Int(100 * min(1, max(0, fraction)))
    return "[" + String(repeating: "#", count: full) + String(repeating: "-", count: width - full)
      + "] \(percent)%"
  }

  private static func secondsLeft(_ fraction: Double, _ seconds: Double) -> Double? {
    guard fraction > 0, fraction <= 1 else { return nil }
    return seconds * (1 - fraction) / fraction
  }

  private static func columns() -> Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  /// Returns `1:05:09`, `5:09`, or `?:??` where nothing is known.
  static func duration(_ seconds: Double?) -> String {
    guard let seconds, seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "?:??" }
    func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
    let whole = Int(seconds)
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    let tail = two(whole % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(tail)" : "\(minutes):\(tail)"
  }
}

/// Returns a number with a fixed number of decimals, at most nine, and a point in any locale.
package func fixed(_ value: Double, _ decimals: Int) -> String {
  precondition(0 <= decimals && decimals <= 9, "fixed: \(decimals) decimals")
  guard value.isFinite, abs(value) < 1e9 else { return "\(value)" }
  let unit = (0..<decimals).reduce(1) { result, _ in result * 10 }
  let scaled = Int((abs(value) * Double(unit)).rounded())
  let sign = value < 0 && scaled > 0 ? "-" : ""
  guard decimals > 0 else { return "\(sign)\(scaled)" }
  let digits = "\(scaled % unit)"
  let zeros = String(repeating: "0", count: decimals - digits.count)
  return "\(sign)\(scaled / unit).\(zeros)\(digits)"
}

/// The system's clock that only goes forward.
public enum Clock {
  /// The seconds since some moment before the program began.
  public static func seconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// The seconds since 1970, which may jump when the clock is set.
  package static func sinceEpoch() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }
}
