"""Files in the dialects that the tools themselves write: features of each that our own writers never use."""

XDSL = """<?xml version="1.0" encoding="ISO-8859-1"?>
<!-- a comment -->
<smile version="1.0" id="Network1" numsamples="1000" discsamples="10000">
\t<nodes>
\t\t<cpt id="Success">
\t\t\t<state id="Yes" />
\t\t\t<state id="No" />
\t\t\t<probabilities>0.2 0.8</probabilities>
\t\t</cpt>
\t\t<submodel id="Sub1">
\t\t\t<cpt id="Forecast">
\t\t\t\t<state id="Good" />
\t\t\t\t<state id="Poor" />
\t\t\t\t<parents>Success</parents>
\t\t\t\t<probabilities>0.4 0.6 0.1 0.9</probabilities>
\t\t\t</cpt>
\t\t</submodel>
\t\t<decision id="Invest">
\t\t\t<state id="Do" />
\t\t\t<state id="Dont" />
\t\t\t<parents>Forecast</parents>
\t\t</decision>
\t\t<deterministic id="Paid">
\t\t\t<state id="Some" />
\t\t\t<state id="None" />
\t\t\t<parents>Invest</parents>
\t\t\t<resultingstates>Some None</resultingstates>
\t\t</deterministic>
\t\t<utility id="Gain">
\t\t\t<parents>Invest Success</parents>
\t\t\t<utilities>10000 -5000 500 500</utilities>
\t\t</utility>
\t\t<utility id="Fee">
\t\t\t<parents>Paid</parents>
\t\t\t<utilities>-1 0</utilities>
\t\t</utility>
\t\t<mau id="Total">
\t\t\t<parents>Gain Fee</parents>
\t\t\t<weights>2 100</weights>
\t\t</mau>
\t</nodes>
\t<extensions>
\t\t<genie version="1.0" app="GeNIe 2.2" name="Network1" faultnameformat="nodestate">
\t\t\t<node id="Success"><name>Success of the venture</name><interior color="e5f6f7" /><outline color="0000bb" />
\t\t\t\t<position>10 20 110 60</position><barchart active="true" width="128" height="64" /></node>
\t\t\t<submodel id="Sub1"><name>Sub</name><node id="Forecast"><name>Forecast</name>
\t\t\t\t<position>210 20 310 60</position></node></submodel>
\t\t</genie>
\t</extensions>
</smile>
"""

NET = """% Exported by Hugin
class Oil
{
    inputs = ();
    outputs = (Drill);
    node_size = (80 40);
    utility Pay
    {
        label = "Pay \\"net\\"";
        position = (300 100);
    }
    node Oil
    {
        label = "";
        position = (100 200);
        states = ("dry" "wet" "soaking");
    }
    decision Drill
    {
        states = ("yes"
                  "no");
    }
    discrete node Depth
    {
        subtype = number;
        state_values = (-1 0.5);
        states = ("-1" "0.5");
    }
    potential (Pay | Drill Oil)
    {
        data = ((-70 50 200)    % drill
                (0 0 0));       % do not
    }
    potential (Oil)
    {
        data = (0.5 0.3 0.2);
    }
    potential (Depth | Oil)
    {
        data = ((0.25 0.75)
                (0.5 0.5)
                (1 0));
    }
    potential (Drill | Depth)
    {
    }
}
"""

BIF = """network "Dogs" {
  property author = me;
}
// from an old tool
variable  light-on { //2 values
\ttype discrete[2] {  "true" "false" };
\tproperty "position = (218, 195)" ;
}
variable bowel { type discrete [ 2 ] { true, false }; }
variable dog { type discrete [ 2 ] { true, false }; }
probability ( dog | bowel, light-on ) {
  (true, true) 0.99, 0.01;
  (false, true) 0.9, 0.1;
  default 0.3, 0.7;
}
probability ( bowel ) { table 0.01, 0.99; }
probability ( light-on | bowel ) { table 0.6 0.05 0.4 0.95; }
"""

XMLBIF = """<?xml version="1.0"?>
<!DOCTYPE BIF [
 <!ELEMENT BIF ( NETWORK )*>
 <!ATTLIST BIF VERSION CDATA #REQUIRED>
 <!ELEMENT NETWORK ( NAME, ( PROPERTY | VARIABLE | DEFINITION )* )>
]>
<BIF VERSION="0.3">
<NETWORK>
<NAME>Dog</NAME>
<VARIABLE TYPE="nature"><NAME>a</NAME><OUTCOME>x</OUTCOME><OUTCOME>y</OUTCOME>
<PROPERTY>position = (73, 165)</PROPERTY></VARIABLE>
<VARIABLE TYPE="nature"><NAME>b</NAME><OUTCOME>x</OUTCOME><OUTCOME>y</OUTCOME></VARIABLE>
<DEFINITION><FOR>b</FOR><GIVEN>a</GIVEN><TABLE>0.1 0.9 <!-- a = x --> 0.4 0.6</TABLE></DEFINITION>
<DEFINITION><FOR>a</FOR><TABLE>0.5 0.5</TABLE></DEFINITION>
</NETWORK>
</BIF>
"""

JGUM = (
    '{"type":"ID","GumJsonVersion":"1.0","chance":["S{a|b}","T[3]"],"utility":["U[1]"],"decision":["D{x|y}"],'
    '"parents":{"S":["T"],"D":["S"],"U":["D","S"],"T":[]},'
    '"cpt":{"S":[0.75,0.25,0.5,0.5,1,0],"T":[0.25,0.25,0.5]},"reward":{"U":[1,2,3,4]}}'
)
