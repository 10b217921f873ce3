import SeqaeFiles
import SeqaeTraining

/// The page of a report, put together of what was read.
struct ReportPage {
  let name: String
  let recipe: ByteString?
  let facts: [(name: String, value: String)]
  let curves: RunCurves
  let settings: RunSettings?
  let samples: [JSONObject]
  let notes: [String]

  /// The whole page.
  var html: String {
    let title = Markup.escaped(name)
    let recipe = self.recipe.map { "<p>A run of the recipe \(Markup.escaped($0)).</p>\n" } ?? ""
    // Whatever a file's text might try, the page loads nothing and runs nothing.
    let policy = "default-src 'none'; style-src 'unsafe-inline'"
    return """
      <!DOCTYPE html>
      <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
      <head>
      <meta charset="utf-8"/>
      <meta http-equiv="Content-Security-Policy" content="\(policy)"/>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title>\(title)</title>
      <style>
      \(Self.style)
      </style>
      </head>
      <body>
      <h1>\(title)</h1>
      \(recipe)\(factTable)\(validationTable)\(charts)\(sampleTable)\(settingTables)\(remarks)</body>
      </html>

      """
  }

  private var factTable: String {
    guard !facts.isEmpty else { return "<p>The log has no line yet.</p>\n" }
    let rows = facts.map { "<dt>\($0.name)</dt><dd>\(Markup.escaped($0.value))</dd>\n" }
    return "<dl>\n\(rows.joined())</dl>\n"
  }

  private var validationTable: String {
    guard let last = curves.last else { return "" }
    let best = curves.best
    let head =
      ["metric"] + (best.map { ["best, step \($0.step)"] } ?? []) + ["last, step \(last.step)"]
    let names = (best?.metrics ?? last.metrics).map(\.name)
    let rows = names.map { name in
      let values = [best, last].compactMap { $0 }.map { validation in
        let value = validation.metrics.first { $0.name == name }?.value
        return value.map { Markup.escaped(fixed($0, 4)) } ?? "–"
      }
      return (cells: [Markup.escaped(name)] + values, style: String?.none)
    }
    return "<h2>Validation</h2>\n" + Markup.table(head, rows)
  }

  private var charts: String {
    let drawn = chartList.filter { $0.lines.contains { !$0.points.isEmpty } }
    guard !drawn.isEmpty else { return "" }
    return "<h2>Curves over the steps</h2>\n<div class=\"charts\">\n"
      + drawn.map(\.svg).joined() + "</div>\n"
  }

  /// The losses together, then what is judged, then the rest, as the log has it.
  private var chartList: [Chart] {
    let prefix = RunCurves.validationPrefix.bytes
    let judged = curves.curves.filter { $0.name.bytes.starts(with: prefix) }
    let logged = curves.curves.filter { !$0.name.bytes.starts(with: prefix) }
    var charts = logged.filter { $0.name == "loss" }.map(training)
    for curve in judged {
      let name = ByteString(Array(curve.name.bytes.dropFirst(prefix.count)))
      // Shown beside what it was in training.
      if curves.curve(name) != nil && logged.contains(where: { $0.name == name }) { continue }
      charts.append(
        Chart(title: curve.name.string, lines: [Chart.Line(name: "", points: curve.points)]))
    }
    return charts + logged.filter { $0.name != "loss" }.map(training)
  }

  /// The chart of a number that lines of training have, with that of validation if there is one.
  private func training(_ curve: RunCurves.Curve) -> Chart {
    let judged = curves.curve(ByteString(RunCurves.validationPrefix.bytes + curve.name.bytes))
    let own = Chart.Line(name: "training", points: curve.points)
    return Chart(
      title: Self.title(curve.name),
      lines: [own] + (judged.map { [Chart.Line(name: "validation", points: $0.points)] } ?? []))
  }

  private static func title(_ name: ByteString) -> String {
    switch name {
    case "rate": "learning rate"
    case "tokens_per_second": "tokens/s"
    case "gradient_norm": "norm of the gradients"
    default: name.string
    }
  }

  private var sampleTable: String {
    guard let first = samples.first else { return "" }
    let keys = first.members.map(\.key)
    let rows = samples.map { sample in
      (
        cells: keys.map { Markup.escaped(sample[$0]?.stringValue ?? "–") }, style: String?("text")
      )
    }
    return "<h2>Samples of the last validation</h2>\n"
      + Markup.table(keys.map { Markup.escaped($0) }, rows, style: "even")
  }

  private var settingTables: String {
    guard let settings else { return "" }
    let inputs = settings.inputs.map { entry in
      (cells: [Markup.escaped(entry.name), Self.lines(entry.value)], style: String?("text"))
    }
    let values = settings.settings.map { entry in
      (
        cells: [
          Markup.escaped(entry.name), Self.lines(entry.value), Self.lines(entry.standard ?? ""),
        ],
        style: entry.standard == nil ? nil : String?("changed")
      )
    }
    return "<h2>Data and limits</h2>\n" + Markup.table(["name", "value"], inputs)
      + "<h2>Settings</h2>\n" + Markup.table(["name", "value", "default, if other"], values)
  }

  private static func lines(_ text: String) -> String {
    text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { Markup.escaped(String(decoding: $0, as: UTF8.self)) }.joined(separator: "<br/>")
  }

  private var remarks: String {
    notes.map { "<p class=\"note\">\(Markup.escaped($0))</p>\n" }.joined()
  }

  private static let style = """
    :root { color-scheme: light dark; --ink: #1c1f24; --faint: #68707c; --rule: #d9dde3;
      --paper: #ffffff; --marked: #fff3d6; --line0: #1f5fbf; --line1: #c4500c; }
    @media (prefers-color-scheme: dark) {
      :root { --ink: #e4e7eb; --faint: #9aa3af; --rule: #3a414b; --paper: #16191d;
        --marked: #3d3314; --line0: #78aef5; --line1: #f2a366; } }
    body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
      max-width: 68rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.5rem; overflow-wrap: anywhere; } h2 { font-size: 1.1rem; margin-top: 2rem; }
    dl { display: grid; grid-template-columns: max-content auto; gap: 0 1.5rem; }
    dt { color: var(--faint); } dd { margin: 0; }
    table { border-collapse: collapse; } thead th { color: var(--faint); font-weight: normal; }
    th, td { text-align: left; vertical-align: top; padding: .2rem 1.2rem .2rem .4rem;
      border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
    tbody th { font-weight: normal; } td { font-variant-numeric: tabular-nums; }
    tr.text th, tr.text td { white-space: pre-wrap; } tr.changed { background: var(--marked); }
    .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(25rem, 100%), 1fr));
      gap: 1rem; }
    svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
    svg text { fill: var(--faint); } svg .name { fill: var(--ink); font-size: 13px; }
    svg .up { text-anchor: end; dominant-baseline: middle; } svg .across { text-anchor: middle; }
    svg .legend { dominant-baseline: middle; } .grid { stroke: var(--rule); }
    path, polyline { fill: none; stroke-width: 1.5; } .grid { stroke-width: 1; }
    .line0 { stroke: var(--line0); } .line1 { stroke: var(--line1); }
    circle.line0 { fill: var(--line0); } circle.line1 { fill: var(--line1); }
    table.even { table-layout: fixed; width: 100%; }
    @media (max-width: 40rem) { th, td { padding-right: .5rem; } }
    .note { color: var(--faint); }
    """
}
