"""Archives as others publish them, made when a test runs."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

DWC = "http://rs.tdwg.org/dwc/terms/"
GBIF = "http://rs.gbif.org/terms/1.0/"

META = f"""<archive xmlns="http://rs.tdwg.org/dwc/text/" metadata="eml.xml">
  <core encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="{DWC}Taxon">
    <files><location>taxon.txt</location></files>
    <id index="0" />
    <field index="1" term="{DWC}taxonID"/>
    <field index="2" term="{DWC}scientificName"/>
    <field index="3" term="{DWC}acceptedNameUsage"/>
    <field index="4" term="{DWC}taxonRank"/>
  </core>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="{GBIF}Distribution">
    <files><location>distribution.txt</location></files>
    <coreid index="0" />
    <field index="1" term="{DWC}locality"/>
    <field index="2" term="{DWC}countryCode"/>
    <field index="3" term="{DWC}occurrenceStatus"/>
    <field index="4" term="{DWC}establishmentMeans"/>
    <field index="5" term="{DWC}eventDate"/>
  </extension>
  <extension encoding="UTF-8" fieldsTerminatedBy="\\t" linesTerminatedBy="\\n" fieldsEnclosedBy="" ignoreHeaderLines="1" rowType="{GBIF}SpeciesProfile">
    <files><location>speciesprofile.txt</location></files>
    <coreid index="0" />
    <field index="1" term="http://rs.gbif.org/terms/1.0/isInvasive"/>
    <field index="2" term="{DWC}habitat"/>
  </extension>
</archive>
"""

GRIIS = {
    "meta.xml": META,
    "taxon.txt": "id\ttaxonID\tscientificName\tacceptedNameUsage\ttaxonRank\n"
    "k1\tk1\tSciurus carolinensis Gmelin, 1788\tSciurus carolinensis Gmelin, 1788\tSPECIES\n"
    "k2\tk2\tSus scrofa Linnaeus, 1758\tSus scrofa Linnaeus, 1758\tSPECIES\n"
    "k3\tk3\tLantana camara L.\tLantana camara L.\tSPECIES\n"
    "k4\tk4\tFelis uncia Schreber, 1775\tPanthera uncia (Schreber, 1775)\tSPECIES\n",
    "distribution.txt": "id\tlocality\tcountryCode\toccurrenceStatus\testablishmentMeans\teventDate\n"
    "k1\tKenya\tKE\tpresent\talien\t2019\nk2\tKenya\tKE\tpresent\talien\t\n"
    "k3\tKenya\tKE\tpresent\talien\t\nk4\tKenya\tKE\tabsent\talien\t\n",
    "speciesprofile.txt": "id\tisInvasive\thabitat\nk1\tInvasive\tterrestrial\nk2\tnull\tterrestrial\n",
}


def archive(path: Path, files: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in files.items():
            out.writestr(name, content)
    return path
