/// The largest of many elements, as many as asked for: a heap whose root is the smallest that is kept.
struct LargestKept<Element: Comparable & Sendable>: Sendable {
  private let limit: Int
  /// Those that are kept, in no order.
  private(set) var elements: [Element] = []

  /// Creates a heap for at most so many elements.
  init(limit: Int) { self.limit = limit }

  /// The smallest of those that are kept, once there are as many as asked for.
  var smallest: Element? { elements.count == limit ? elements.first : nil }

  /// Takes an element in, unless there are enough that are no smaller. O(log limit).
  mutating func add(_ element: Element) {
    if elements.count < limit {
      elements.append(element)
      var child = elements.count - 1
      while child > 0, elements[child] < elements[(child - 1) / 2] {
        elements.swapAt(child, (child - 1) / 2)
        child = (child - 1) / 2
      }
    } else if let root = elements.first, root < element {
      elements[0] = element
      sink()
    }
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2]
      where child < elements.count && elements[child] < elements[least] {
        least = child
      }
      guard least != parent else { return }
      elements.swapAt(parent, least)
      parent = least
    }
  }
}
