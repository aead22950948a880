/** Of what is personal. */
export type Kind =
  | 'contact'
  | 'name'
  | 'birth'
  | 'trait'
  | 'number'
  | 'secret'
  | 'place'
  | 'address'
  | 'device'
  | 'account'
  | 'text'
  | 'link';

/**
 * Words that say what is personal, in other languages than English, by language (ISO 639-1). Without marks, in lower case.
 * Left out is what means something harmless in another language that names are written in (French `client`, Italian `cap`).
 */
export const wordsByLanguage: Readonly<Record<string, Partial<Record<Kind, string>>>> = {
  de: {
    contact: 'telefon telefonnummer telefonnr handy handynummer mobilnummer mailadresse emailadresse',
    name: 'vorname vornamen nachname nachnamen familienname geburtsname benutzername anzeigename',
    birth: 'geburtsdatum geburtstag geburtsort geburtsjahr geboren',
    trait: 'geschlecht staatsangehorigkeit religionszugehorigkeit einkommen gehalt familienstand behinderung',
    number: 'kontonummer kreditkarte kreditkartennummer steuernummer ausweisnummer sozialversicherungsnummer',
    secret: 'passwort kennwort geheimnis',
    place: 'breitengrad langengrad standort',
    address: 'adresse anschrift strasse hausnummer plz postleitzahl ort wohnort stadt',
    account: 'kundennummer kundennr benutzer nutzer kunde mitgliedsnummer',
    text: 'kommentar nachricht bemerkung anmerkung notiz freitext suchbegriff suchanfrage',
  },
  fr: {
    contact: 'courriel telephone',
    name: 'nom noms prenom prenoms identifiant',
    birth: 'naissance anniversaire',
    trait: 'sexe nationalite salaire revenu',
    secret: 'motdepasse mdp',
    address: 'adresse rue ville codepostal',
    account: 'utilisateur',
    text: 'commentaire recherche remarque',
  },
  es: {
    contact: 'correo telefono movil celular',
    name: 'nombre nombres apellido apellidos apodo',
    birth: 'nacimiento cumpleanos',
    trait: 'sexo nacionalidad salario',
    number: 'dni nif curp',
    secret: 'contrasena clave',
    address: 'direccion calle ciudad',
    account: 'usuario cliente',
    text: 'comentario comentarios mensaje busqueda observaciones',
  },
  it: {
    contact: 'cellulare',
    name: 'nome cognome soprannome',
    birth: 'nascita compleanno',
    trait: 'sesso cittadinanza stipendio',
    address: 'indirizzo citta',
    account: 'utente cliente',
    text: 'commento messaggio ricerca',
  },
  pt: {
    contact: 'telefone',
    name: 'sobrenome apelido',
    birth: 'nascimento aniversario',
    number: 'cpf',
    secret: 'senha',
    address: 'endereco rua cidade cep bairro',
    text: 'mensagem observacao',
  },
  nl: {
    contact: 'telefoon telefoonnummer mobiel',
    name: 'naam voornaam achternaam gebruikersnaam',
    birth: 'geboortedatum geboorteplaats',
    trait: 'geslacht nationaliteit',
    number: 'bsn rekeningnummer',
    secret: 'wachtwoord',
    address: 'adres straat huisnummer woonplaats',
    account: 'gebruiker klant klantnummer',
    text: 'opmerking bericht zoekterm',
  },
  sv: {
    contact: 'mobilnummer epost',
    name: 'namn fornamn efternamn anvandarnamn',
    birth: 'fodelsedatum fodelsedag',
    trait: 'kon medborgarskap',
    number: 'personnummer',
    secret: 'losenord',
    address: 'adress gata postnummer',
    account: 'anvandare kund kundnummer',
    text: 'meddelande anteckning',
  },
  da: {
    name: 'navn fornavn efternavn etternavn brugernavn brukernavn',
    birth: 'fodselsdato fodselsdag',
    trait: 'kjonn',
    number: 'fodselsnummer cpr',
    secret: 'adgangskode passord',
    address: 'vej by',
    account: 'bruger bruker kunde',
    text: 'besked melding',
  },
  pl: {
    name: 'imie nazwisko',
    birth: 'urodzenia urodziny',
    trait: 'plec',
    number: 'pesel nip',
    secret: 'haslo',
    address: 'ulica miasto',
    account: 'uzytkownik',
    text: 'komentarz wiadomosc',
  },
};
