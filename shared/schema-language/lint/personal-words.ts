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
 * Words that say what is personal, by language (ISO 639-1). Without marks, in lower case. Left out is what means something
 * harmless in another language that names are written in (French `client`, Italian `cap`). Of a word that two languages
 * have the later counts, so English is the last.
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
  en: {
    contact: 'email emails mail phone phones telephone cellphone msisdn e164 fax whatsapp skype',
    name: 'username usernames login logins nickname nick surname forename firstname lastname fullname displayname realname screenname',
    birth: 'birth birthday birthdate birthyear birthplace dob born',
    trait: 'gender sex ethnicity race religion nationality disability diagnosis salary income political marital',
    number: 'ssn passport iban bic taxid vat nin cvv cvc pan last4',
    secret:
      'password passwd pwd passphrase secret secrets token tokens cookie cookies credential credentials apikey otp pin jwt bearer',
    place: 'latitude longitude lat lon lng latlng latlon gps geolocation geohash coordinates coordinate',
    address: 'address addresses street streets postcode zipcode zip city town',
    device:
      'ip ips ipv4 ipv6 ipaddress mac imei imsi meid udid idfa idfv gaid aaid androidid deviceid useragent fingerprint',
    account: 'userid customerid accountid memberid personid visitorid',
    text: 'bio biography avatar selfie signature',
    link: 'url urls uri href referrer referer permalink homepage',
  },
};
