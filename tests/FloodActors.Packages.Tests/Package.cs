using System.IO.Compression;
using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Xml.Linq;

namespace FloodActors.Packages.Tests;

/// <summary>What is in a package and in the package of its symbols.</summary>
internal sealed class Package
{
    private readonly Dictionary<string, byte[]> _symbols;

    public Package(SourceProject project, string feed)
    {
        Project = project;
        Files = Read(Path.Combine(feed, $"{project.Id}.{Repository.Version}.nupkg"));
        _symbols = Read(Path.Combine(feed, $"{project.Id}.{Repository.Version}.snupkg"));
        Nuspec = XDocument.Parse(
            Encoding.UTF8.GetString(Files[$"{project.Id}.nuspec"]).TrimStart('\uFEFF')).Root!.Elements().Single();
    }

    public SourceProject Project { get; }

    public string Id => Project.Id;

    public bool IsTool => Project.IsTool;

    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>The <c>metadata</c> of the nuspec.</summary>
    public XElement Nuspec { get; }

    /// <summary>Our own assemblies, by path.</summary>
    public IEnumerable<string> Assemblies =>
        Files.Keys.Where(name =>
            Path.GetFileName(name).StartsWith("FloodActors", StringComparison.Ordinal)
                && name.EndsWith(".dll", StringComparison.Ordinal));

    /// <summary>What it depends on, with the version as written.</summary>
    public IReadOnlyDictionary<string, string> Dependencies =>
        Nuspec.Descendants().Where(e => e.Name.LocalName == "dependency")
            .ToDictionary(e => e.Attribute("id")!.Value, e => e.Attribute("version")!.Value);

    public string Text(string file) => Encoding.UTF8.GetString(Files[file]);

    /// <summary>A value of the nuspec, empty when it is missing.</summary>
    public string Value(string element) =>
        Nuspec.Elements().FirstOrDefault(e => e.Name.LocalName == element)?.Value ?? "";

    /// <summary>
    /// The names of the public types of an assembly, nested ones included, as its documentation writes them.
    /// </summary>
    public IReadOnlyList<string> PublicTypes(string assembly)
    {
        using var pe = new PEReader(new MemoryStream(Files[assembly]));
        var reader = pe.GetMetadataReader();
        return reader.TypeDefinitions.Select(reader.GetTypeDefinition)
            .Where(type => (type.Attributes & TypeAttributes.VisibilityMask) == TypeAttributes.Public)
            .Select(type => $"{reader.GetString(type.Namespace)}.{reader.GetString(type.Name)}").ToList();
    }

    /// <summary>The names of the assemblies that may use what is internal in an assembly.</summary>
    public IReadOnlyList<string> Friends(string assembly)
    {
        using var pe = new PEReader(new MemoryStream(Files[assembly]));
        var reader = pe.GetMetadataReader();
        return reader.GetAssemblyDefinition().GetCustomAttributes().Select(reader.GetCustomAttribute)
            .Where(attribute => AttributeName(reader, attribute) == "InternalsVisibleToAttribute")
            .Select(attribute =>
            {
                var value = reader.GetBlobReader(attribute.Value);
                value.ReadUInt16(); // the prolog
                return value.ReadSerializedString()!;
            }).ToList();
    }

    /// <summary>
    /// The source files of an assembly as its symbols name them, each with whether its text can be had.
    /// </summary>
    public IReadOnlyList<(string Name, bool HasText)> Sources(string assembly)
    {
        var name = Path.ChangeExtension(assembly, ".pdb");
        using var provider = MetadataReaderProvider.FromPortablePdbStream(
            new MemoryStream(_symbols.TryGetValue(name, out var pdb) ? pdb : Files[name]));
        var reader = provider.GetMetadataReader();
        return reader.Documents.Select(handle => (
            reader.GetString(reader.GetDocument(handle).Name),
            reader.GetCustomDebugInformation(handle).Any(info =>
                reader.GetGuid(reader.GetCustomDebugInformation(info).Kind) == s_embeddedSource))).ToList();
    }

    public override string ToString() => Id;

    private static readonly Guid s_embeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    private static string AttributeName(MetadataReader reader, CustomAttribute attribute) =>
        attribute.Constructor.Kind == HandleKind.MemberReference
        && reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent
            is { Kind: HandleKind.TypeReference } type
            ? reader.GetString(reader.GetTypeReference((TypeReferenceHandle)type).Name)
            : "";

    private static Dictionary<string, byte[]> Read(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        return zip.Entries.ToDictionary(entry => entry.FullName, entry =>
        {
            using var stream = entry.Open();
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        });
    }
}
