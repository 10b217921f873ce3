/// Returns a text as one line: what a model writes may hold line feeds.
func oneLine(_ text: [UInt8]) -> [UInt8] {
  text.map { $0 == 0x0A || $0 == 0x0D ? UInt8(ascii: " ") : $0 }
}
