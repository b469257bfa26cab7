using System.Globalization;
using System.Text;

namespace FloodActors.Benchmarks.Plots;

/// <summary>A line of a chart.</summary>
internal sealed record Series(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>
/// A line chart as an SVG of its own: both axes logarithmic, since sizes and speeds lie orders of magnitude apart.
/// Readable on light and dark pages.
/// </summary>
internal sealed class SvgChart(string title, string xTitle, string yTitle, IReadOnlyList<Series> series)
{
    private const int Width = 760;
    private const int Height = 420;
    private const int Left = 80;
    private const int Right = 170;
    private const int Top = 46;
    private const int Bottom = 54;
    private const int MinGap = 15; // between the names at the right

    private static readonly string[] Colours = ["#0072b2", "#56b4e9", "#009e73", "#cc79a7", "#d55e00", "#7f7f7f"];

    public string Render()
    {
        var xs = series.SelectMany(s => s.Points.Select(p => p.X)).Distinct().Order().ToList();
        var ys = series.SelectMany(s => s.Points.Select(p => p.Y)).Where(y => y > 0 && double.IsFinite(y)).ToList();
        if (xs.Count == 0 || ys.Count == 0) throw new InvalidDataException($"nothing to draw for '{title}'");
        var (low, high) = (Math.Floor(Math.Log10(ys.Min())), Math.Ceiling(Math.Log10(ys.Max()) + 1e-9));
        double X(double value) =>
            xs.Count == 1
                ? (Left + Width - Right) / 2.0
                : Left + ((Width - Left - Right) * Math.Log(value / xs[0]) / Math.Log(xs[^1] / xs[0]));
        double Y(double value) =>
            Height - Bottom - ((Height - Top - Bottom) * (Math.Log10(value) - low) / (high - low));

        var svg = new StringBuilder();
        Line(
            svg,
            $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" ",
            $"font-size=\"12\" role=\"img\" aria-label=\"{Escape(title)}\">");
        Line(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Line(svg, $"<text x=\"{Left}\" y=\"24\" font-size=\"15\" font-weight=\"bold\">{Escape(title)}</text>");
        for (var decade = low; decade <= high; decade++)
        {
            var y = Y(Math.Pow(10, decade));
            Line(svg, $"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{y:F1}\" y2=\"{y:F1}\" stroke=\"#cccccc\"/>");
            Line(
                svg,
                $"<text x=\"{Left - 8}\" y=\"{y + 4:F1}\" text-anchor=\"end\">{Short(Math.Pow(10, decade))}</text>");
        }
        foreach (var x in xs)
            Line(
                svg,
                $"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 20}\" ",
                $"text-anchor=\"middle\">{x.ToString("N0", CultureInfo.InvariantCulture)}</text>");
        Line(
            svg,
            $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" ",
            $"text-anchor=\"middle\">{Escape(xTitle)}</text>");
        Line(
            svg,
            $"<text transform=\"translate(18 {(Top + Height - Bottom) / 2}) rotate(-90)\" ",
            $"text-anchor=\"middle\">{Escape(yTitle)}</text>");

        for (var i = 0; i < series.Count; i++)
        {
            var points = series[i].Points.Where(p => p.Y > 0 && double.IsFinite(p.Y)).OrderBy(p => p.X).ToList();
            var colour = Colours[i % Colours.Length];
            var corners = points.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.X):F1},{Y(p.Y):F1}"));
            Line(
                svg,
                $"<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" ",
                $"points=\"{string.Join(' ', corners)}\"/>");
            foreach (var point in points)
                Line(
                    svg,
                    $"<circle cx=\"{X(point.X):F1}\" cy=\"{Y(point.Y):F1}\" r=\"3.5\" ",
                    $"fill=\"{colour}\"><title>{Escape(series[i].Name)}: ",
                    $"{point.Y.ToString("N0", CultureInfo.InvariantCulture)}</title></circle>");
        }
        foreach (var (name, y, colour) in Names(Y))
            Line(svg, $"<text x=\"{Width - Right + 14}\" y=\"{y + 4:F1}\" fill=\"{colour}\">{Escape(name)}</text>");
        svg.AppendLine("</svg>");
        return svg.ToString();
    }

    /// <summary>Each name at the height where its line ends, moved apart where they would overlap.</summary>
    private List<(string Name, double Y, string Colour)> Names(Func<double, double> y)
    {
        var names = series
            .Select((s, i) => (
                s.Name,
                Y: s.Points.Where(p => p.Y > 0).OrderBy(p => p.X).Select(p => y(p.Y)).LastOrDefault(Top),
                Colour: Colours[i % Colours.Length]))
            .OrderBy(n => n.Y).ToList();
        for (var i = 1; i < names.Count; i++)
            if (names[i].Y < names[i - 1].Y + MinGap) names[i] = names[i] with { Y = names[i - 1].Y + MinGap };
        return names;
    }

    private static string Short(double value) => value switch
    {
        >= 1e6 => (value / 1e6).ToString("0.##", CultureInfo.InvariantCulture) + " M",
        >= 1e3 => (value / 1e3).ToString("0.##", CultureInfo.InvariantCulture) + " k",
        _ => value.ToString("0.##", CultureInfo.InvariantCulture),
    };

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);

    private static void Line(StringBuilder svg, params FormattableString[] parts)
    {
        foreach (var part in parts) svg.Append(part.ToString(CultureInfo.InvariantCulture));
        svg.AppendLine();
    }
}
