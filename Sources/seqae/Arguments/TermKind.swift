import SeqaeRetrieval

/// What texts are told apart by.
enum TermKind: String, ArgumentChoice {
  case words, characters

  /// What texts consist of then.
  var terms: Terms { self == .words ? .words : .characters(1...2) }
}
