using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using Understudy.Cli;
using Understudy.Core.Settings;
using Understudy.Linux.Collection;
using Xunit;

namespace Understudy.Tests.House;

/// <summary>A setting that is read, checked and documented, and that nothing looks at, is a promise that nobody keeps: each property of the settings is asked for by code that is not the settings' own reading, comparing or printing.</summary>
public sealed class SettingsRules
{
    private const byte Call = 0x28, CallVirtual = 0x6F;      // ECMA-335 III.3.19, III.4.2

    private static readonly string s_space = typeof(UnderstudySettings).Namespace!;

    /// <summary>Comparing old and new settings is no use of them, nor is reading them.</summary>
    private static readonly string[] s_readers = [nameof(SettingsChange), "SettingsReader", "Section", "FileSoFar"];

    [Fact]
    public void Each_setting_is_asked_for_by_somebody()
    {
        var asked = new HashSet<string>(StringComparer.Ordinal);
        foreach (var assembly in new[] { typeof(UnderstudySettings).Assembly, typeof(CsvSettings).Assembly, typeof(CommandTree).Assembly })
        {
            Read(assembly.Location, asked);
        }

        var settings = typeof(UnderstudySettings).Assembly.GetTypes().Where(t => t.Namespace == s_space && IsRecord(t) && Path(t).Split('+')[0].EndsWith("Settings", StringComparison.Ordinal)).ToArray();
        Assert.True(settings.Length > 40, "so few settings are none");
        var all = settings.SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(p => p.SetMethod is not null).Select(p => $"{Path(t)}.{p.Name}")).ToArray();
        Assert.Empty(all.Except(asked, StringComparer.Ordinal));
    }

    private static bool IsRecord(Type type) => type.GetMethod("PrintMembers", BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly) is not null;

    private static string Path(Type type) => type.DeclaringType is { } outer ? $"{Path(outer)}+{type.Name}" : type.Name;

    /// <summary>Which properties the methods of an assembly ask for.</summary>
    private static void Read(string file, HashSet<string> asked)
    {
        using var stream = File.OpenRead(file);
        using var image = new PEReader(stream);
        var metadata = image.GetMetadataReader();
        foreach (var handle in metadata.MethodDefinitions)
        {
            var method = metadata.GetMethodDefinition(handle);
            if (method.RelativeVirtualAddress == 0 || IsReading(metadata, method))
            {
                continue;
            }

            var code = image.GetMethodBody(method.RelativeVirtualAddress).GetILBytes() ?? [];
            for (var i = 0; i + 5 <= code.Length; i++)
            {
                if (code[i] is Call or CallVirtual && Getter(metadata, BitConverter.ToInt32(code, i + 1)) is { } name)
                {
                    asked.Add(name);
                }
            }
        }
    }

    /// <summary>What the compiler made of a record, and what reads, writes or compares settings.</summary>
    private static bool IsReading(MetadataReader metadata, MethodDefinition method)
    {
        var (space, type) = Named(metadata, method.GetDeclaringType());
        var name = metadata.GetString(method.Name);
        return space == s_space
            && (s_readers.Any(r => type.Split('+')[0] == r) || name is "Equals" or "GetHashCode" or "PrintMembers" or "Deconstruct" or "ToString" || name.StartsWith("Read", StringComparison.Ordinal) || name.StartsWith('<'));
    }

    private static string? Getter(MetadataReader metadata, int token)
    {
        var (table, row) = ((TableIndex)(token >>> 24), token & 0xFFFFFF);      // ECMA-335 III.1.9
        if (row == 0 || table is not (TableIndex.MethodDef or TableIndex.MemberRef) || row > metadata.GetTableRowCount(table))
        {
            return null;
        }

        if (table == TableIndex.MethodDef)
        {
            var method = metadata.GetMethodDefinition(MetadataTokens.MethodDefinitionHandle(row));
            return Name(metadata.GetString(method.Name), Named(metadata, method.GetDeclaringType()));
        }

        var member = metadata.GetMemberReference(MetadataTokens.MemberReferenceHandle(row));
        return member.Parent.Kind == HandleKind.TypeReference ? Name(metadata.GetString(member.Name), Named(metadata, (TypeReferenceHandle)member.Parent)) : null;
    }

    private static string? Name(string method, (string Space, string Type) owner) =>
        owner.Space == s_space && method.StartsWith("get_", StringComparison.Ordinal) ? $"{owner.Type}.{method[4..]}" : null;

    private static (string Space, string Type) Named(MetadataReader metadata, TypeDefinitionHandle handle)
    {
        var type = metadata.GetTypeDefinition(handle);
        return type.GetDeclaringType() is { IsNil: false } outer && Named(metadata, outer) is var around
            ? (around.Space, $"{around.Type}+{metadata.GetString(type.Name)}")
            : (metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }

    private static (string Space, string Type) Named(MetadataReader metadata, TypeReferenceHandle handle)
    {
        var type = metadata.GetTypeReference(handle);
        return type.ResolutionScope.Kind == HandleKind.TypeReference && Named(metadata, (TypeReferenceHandle)type.ResolutionScope) is var around
            ? (around.Space, $"{around.Type}+{metadata.GetString(type.Name)}")
            : (metadata.GetString(type.Namespace), metadata.GetString(type.Name));
    }
}
